// A goal is dragged from its page, a list or the panel onto a dashboard in the panel. The menu "Add to
// dashboard" on the goal's page does the same.

const TYPE = 'application/x-goalpost-goal';

const goalOf = (element) => {
  const handle = element.closest?.('[data-goal]');
  if (handle) return handle.dataset.goal;
  const link = element.closest?.('a[href]');
  return link && new URL(link.href).pathname.match(/^\/goals\/([0-9a-f]{32})$/)?.[1];
};

addEventListener('dragstart', (event) => {
  const goal = goalOf(event.target);
  if (!goal) return;
  event.dataTransfer.setData(TYPE, goal);
  event.dataTransfer.effectAllowed = 'copyLink';
});

const placeOf = (event) => (event.dataTransfer?.types.includes(TYPE)
  ? event.target.closest?.('[data-drop-goal]') : null);

addEventListener('dragover', (event) => {
  const place = placeOf(event);
  for (const each of document.querySelectorAll('.is-drop')) each.classList.toggle('is-drop', each === place);
  if (!place) return;
  place.classList.add('is-drop');
  event.preventDefault();
});

addEventListener('dragend', () => {
  for (const each of document.querySelectorAll('.is-drop')) each.classList.remove('is-drop');
});

addEventListener('drop', async (event) => {
  const place = placeOf(event);
  if (!place) return;
  event.preventDefault();
  const goal = event.dataTransfer.getData(TYPE);
  const { 'X-CSRFToken': token } = JSON.parse(document.body.getAttribute('hx-headers'));
  await fetch(place.dataset.dropGoal, {
    method: 'POST',
    headers: { 'X-CSRFToken': token },
    redirect: 'manual',
    body: new URLSearchParams({ form: 'chart', goal, from: 'goal' }),
  });
  location.reload();
});
