// The list of deals: keys (J K row, X select, Shift+X to here, / find), and the number selected.

const form = document.querySelector('form[data-deals]');
const boxes = () => [...form.querySelectorAll('tbody input[name="deal"]')];
const every = form.querySelector('[data-pick-all]');
let last = null;

const tell = () => {
  const all = boxes();
  const picked = all.filter((box) => box.checked);
  for (const box of all) box.closest('tr').classList.toggle('is-selected', box.checked);
  form.querySelector('[data-picked]').textContent = picked.length;
  if (!every) return;
  every.hidden = false;
  every.checked = picked.length > 0 && picked.length === all.length;
  every.indeterminate = picked.length > 0 && picked.length < all.length;
};

form.addEventListener('change', (event) => {
  if (event.target === every) for (const box of boxes()) box.checked = every.checked;
  tell();
});
form.addEventListener('reset', () => requestAnimationFrame(tell));
document.addEventListener('htmx:afterSettle', tell);

const pick = (box, { upTo }) => {
  const all = boxes();
  const at = all.indexOf(box);
  const from = upTo && last ? all.indexOf(last) : at;
  const state = upTo ? true : !box.checked;
  for (const each of all.slice(Math.min(from, at), Math.max(from, at) + 1)) each.checked = state;
  last = box;
  tell();
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open], details.menu[open]')) return;
  if (event.target.matches('input:not([type="checkbox"]), select, textarea')) return;
  const all = boxes();
  const rows = all.map((box) => box.closest('tr'));
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  switch (event.key) {
    case '/':
      document.querySelector('[data-find]').focus();
      break;
    case 'j':
    case 'k': {
      const next = rows[Math.min(Math.max(at + (event.key === 'j' ? 1 : -1), 0), rows.length - 1)];
      next?.querySelector('.rowlink').focus();
      break;
    }
    case 'x':
    case 'X':
      if (at < 0) return;
      pick(all[at], { upTo: event.key === 'X' });
      break;
    case 'Escape':
      if (!all.some((box) => box.checked)) return;
      form.reset();
      break;
    default:
      return;
  }
  event.preventDefault();
});

tell();
