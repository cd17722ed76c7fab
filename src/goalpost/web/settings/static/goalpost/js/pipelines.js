// The order of stages by drag and by keys: Space lifts and drops, arrows move, Escape puts back. The order of the
// rows is what the form sends; without this script the menu's Move up and Move down do the same.

const form = document.querySelector('form[data-stages]');

const rowsOf = (row) => [...row.parentElement.querySelectorAll('tr[data-stage]')];

const say = (row) => {
  const rows = rowsOf(row);
  const said = form.querySelector('[data-said]');
  said.textContent = said.dataset.words
    .replace('{name}', row.dataset.stage)
    .replace('{at}', rows.indexOf(row) + 1)
    .replace('{of}', rows.length);
};

const changed = () => form.querySelector('.savebar')?.removeAttribute('data-idle');

const place = (row, at) => {
  const others = rowsOf(row).filter((each) => each !== row);
  const index = Math.max(0, Math.min(at, others.length));
  if (others[index]) others[index].before(row);
  else row.parentElement.append(row);
  // A row that is moved loses the focus.
  row.querySelector('[data-grip]').focus();
  changed();
};

let lifted = null;

const lift = (row) => {
  lifted = { row, from: rowsOf(row).indexOf(row) };
  row.classList.add('is-lifted');
  row.querySelector('[data-grip]').setAttribute('aria-pressed', 'true');
  say(row);
};

const drop = ({ back = false } = {}) => {
  const { row, from } = lifted;
  if (back) place(row, from);
  row.classList.remove('is-lifted');
  row.querySelector('[data-grip]').removeAttribute('aria-pressed');
  lifted = null;
  say(row);
};

const keys = (event) => {
  const grip = event.target.closest('[data-grip]');
  if (!grip) return;
  const row = grip.closest('tr');
  if (event.key === ' ') {
    if (lifted) drop();
    else lift(row);
  } else if (event.key === 'Escape' && lifted) {
    drop({ back: true });
  } else if (lifted && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    place(row, rowsOf(row).indexOf(row) + (event.key === 'ArrowUp' ? -1 : 1));
    say(row);
  } else {
    return;
  }
  event.preventDefault();
};

const pressed = (event) => {
  const grip = event.target.closest('[data-grip]');
  if (!grip || event.button !== 0) return;
  if (lifted) drop();
  lift(grip.closest('tr'));
};

const dragged = (event) => {
  if (!lifted || !event.buttons) return;
  const { row } = lifted;
  const others = rowsOf(row).filter((each) => each !== row);
  const at = others.filter((each) => {
    const box = each.getBoundingClientRect();
    return box.top + box.height / 2 < event.clientY;
  }).length;
  if (at !== rowsOf(row).indexOf(row)) place(row, at);
};

if (form) {
  form.dataset.scripted = '';
  form.addEventListener('input', changed);
  form.addEventListener('keydown', keys);
  // A click on the handle with Space held by the browser would press it again.
  form.addEventListener('keyup', (event) => {
    if (event.key === ' ' && event.target.closest('[data-grip]')) event.preventDefault();
  });
  form.addEventListener('pointerdown', pressed);
  addEventListener('pointermove', dragged);
  addEventListener('pointerup', () => lifted && drop());
  form.addEventListener('focusout', () => {
    setTimeout(() => { if (lifted && !lifted.row.contains(document.activeElement)) drop(); });
  });
}
