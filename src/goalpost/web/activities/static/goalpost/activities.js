// The list: what is ticked shows so until its row leaves, and the focus goes to the row that takes its place.

let next = null;

addEventListener('submit', (event) => {
  const tick = event.target.querySelector?.('.tick');
  if (!tick) return;
  const ticks = [...document.querySelectorAll('#activity-list .tick')];
  next = { at: ticks.indexOf(tick) };
  tick.setAttribute('aria-pressed', String(tick.getAttribute('aria-pressed') !== 'true'));
});

document.addEventListener('htmx:oobAfterSwap', ({ detail }) => {
  if (detail.target.id !== 'activity-list' || !next) return;
  const { at } = next;
  next = null;
  const ticks = [...document.querySelectorAll('#activity-list .tick')];
  (ticks[Math.min(at, ticks.length - 1)] ?? document.querySelector('h1')).focus({ preventScroll: true });
});

document.addEventListener('htmx:responseError', ({ detail }) => {
  const tick = detail.elt.querySelector?.('.tick');
  if (tick) tick.setAttribute('aria-pressed', 'false');
});
