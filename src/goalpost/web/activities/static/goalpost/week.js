// The week is a grid with one stop for Tab. Arrows go to the nearest time or activity in their direction; M picks an
// activity up, Enter drops it, Escape takes it back; Space marks it as done. The pointer drags.

const week = () => document.querySelector('.week');
const stops = () => [...week().querySelectorAll('.slot, a.event')].filter((stop) => stop.offsetParent);
const say = (text) => { document.getElementById('week-said').textContent = text; };

let picked = null;

const setStop = (stop) => {
  for (const other of week().querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  stop.tabIndex = 0;
};

const begin = () => {
  const now = week()?.querySelector('.nowline ~ .slot, .is-today .slot, .slot');
  if (now) setStop(now);
};

const release = (words) => {
  if (!picked) return;
  picked.classList.remove('is-picked');
  picked = null;
  if (words) say(words);
};

const send = (event, address, values) => htmx.ajax('POST', address, {
  source: event, values, swap: 'none', selectOOB: event.dataset.regions,
});

// The new table has the focus where the activity is then.
let focusAfter = '';

const drop = (event, { dataset: { day, time } }) => {
  release();
  focusAfter = event.getAttribute('href');
  send(event, event.dataset.move, { day, time });
};

document.addEventListener('htmx:oobAfterSwap', ({ detail }) => {
  if (detail.target.id !== 'week') return;
  begin();
  if (!focusAfter) return;
  const stop = [...week().querySelectorAll('a.event')].find((each) => each.getAttribute('href') === focusAfter)
    ?? week().querySelector('[tabindex="0"]');
  focusAfter = '';
  setStop(stop);
  stop.focus({ preventScroll: true });
});

const neighbour = (from, [dx, dy]) => {
  const at = (stop) => {
    const { left, top, width } = stop.getBoundingClientRect();
    return [left + width / 2, top + 12];
  };
  const [x, y] = at(from);
  let best = null;
  let least = Infinity;
  for (const stop of stops()) {
    if (picked && stop !== picked && !stop.matches('.slot')) continue;
    const [a, b] = at(stop);
    const along = (a - x) * dx + (b - y) * dy;
    const across = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
    const distance = along > 8 ? along + across * 4 : Infinity;
    if (distance < least) [best, least] = [stop, distance];
  }
  return best;
};

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener('keydown', (event) => {
  const on = event.target.closest?.('.week :is(.slot, a.event)');
  if (!on || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (arrow) {
    event.preventDefault();
    const next = neighbour(on, arrow);
    if (!next) return;
    setStop(next);
    next.focus();
  } else if (event.key.toLowerCase() === 'm' && on.dataset.move) {
    event.preventDefault();
    picked = on;
    on.classList.add('is-picked');
    say(document.getElementById('week-said').dataset.picked);
  } else if (event.key === 'Escape' && picked) {
    event.preventDefault();
    const back = picked;
    release(document.getElementById('week-said').dataset.kept);
    setStop(back);
    back.focus();
  } else if (event.key === 'Enter' && picked) {
    event.preventDefault();
    if (on.matches('.slot')) drop(picked, on);
  } else if (event.key === ' ') {
    event.preventDefault();
    if (on.dataset.finish) {
      focusAfter = on.getAttribute('href');
      send(on, on.dataset.finish, {});
    }
  }
});

let dragged = null;
document.addEventListener('dragstart', (event) => {
  dragged = event.target.closest?.('.event[data-move]') ?? null;
  if (dragged) event.dataTransfer.effectAllowed = 'move';
});
document.addEventListener('dragend', () => { dragged = null; });
document.addEventListener('dragover', (event) => {
  const slot = dragged && event.target.closest?.('.slot');
  for (const other of document.querySelectorAll('.slot.is-over')) other.classList.toggle('is-over', other === slot);
  if (!slot) return;
  slot.classList.add('is-over');
  event.preventDefault();
});
document.addEventListener('drop', (event) => {
  const slot = dragged && event.target.closest?.('.slot');
  if (!slot) return;
  event.preventDefault();
  drop(dragged, slot);
});

begin();
