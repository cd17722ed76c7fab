// Details edited in place: the server's form opens beside its pencil. Enter saves, as in any form; Escape takes
// it back, and the focus returns to the pencil. A form that was typed in stays until it is saved or taken back.

const pencilOf = (slot) => document.querySelector(`[data-edits="${slot.id.slice('edit-'.length)}"]`);
const openSlots = () => [...document.querySelectorAll('.editslot')].filter((slot) => slot.firstElementChild);
const isTyped = (slot) => slot.querySelector('form[data-typed]') !== null;

const close = (slot, { refocus = false } = {}) => {
  slot.replaceChildren();
  const pencil = pencilOf(slot);
  pencil?.setAttribute('aria-expanded', 'false');
  if (refocus) pencil?.focus();
};

const opened = (slot) => {
  for (const other of openSlots()) if (other !== slot && !isTyped(other)) close(other);
  pencilOf(slot)?.setAttribute('aria-expanded', 'true');
  const first = slot.querySelector('[data-takes-focus], [aria-invalid="true"], [data-first]');
  first?.focus();
  if (first?.matches('.input:not([type="date"])')) first.select();
};

document.addEventListener('htmx:afterSettle', (event) => {
  const { elt, target, requestConfig } = event.detail;
  // An answer of the form itself replaces it: then the element that settles is the new form.
  const slot = (target?.isConnected ? target : elt)?.closest?.('.editslot');
  if (slot?.firstElementChild) {
    opened(slot);
    return;
  }
  const asked = requestConfig?.elt;
  if (asked?.matches('form[data-edit-form]') && !asked.isConnected) {
    document.querySelector(`[data-edits="${asked.dataset.editForm}"]`)?.focus();
  } else if (asked?.matches('form[data-undo]')) {
    asked.closest('.toast')?.remove();
    document.querySelector('#goal-head h1 a, #goal-head h1')?.focus();
  }
});

document.addEventListener('input', (event) => {
  const form = event.target.closest?.('.editslot form');
  if (form) form.dataset.typed = '';
});

// Ahead of the records and the menus, which Escape closes too.
addEventListener('keydown', (event) => {
  const slot = event.target.closest?.('.editslot') ?? openSlots().at(-1);
  if (event.key !== 'Escape' || !slot?.firstElementChild || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  close(slot, { refocus: true });
}, { capture: true });

// Back at this tab: what others did to the goal meanwhile is told above its details.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') dispatchEvent(new Event('goalpost:return'));
});

addEventListener('click', (event) => {
  const cancel = event.target.closest?.('[data-cancel-edit]');
  if (cancel?.closest('.editslot')) {
    event.preventDefault();
    close(cancel.closest('.editslot'), { refocus: true });
    return;
  }
  for (const slot of openSlots()) {
    const isInside = slot.contains(event.target) || event.target.closest?.('[data-edits]') === pencilOf(slot);
    if (!isInside && !isTyped(slot)) close(slot);
  }
});
