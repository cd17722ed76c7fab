// Details edited in place: the server's form opens beside its pencil. Enter saves, as in any form; Escape takes
// it back, and the focus returns to the pencil. A form that was typed in stays until it is saved or taken back.

const pencilOf = (slot) => document.querySelector(`[data-edits="${slot.id.slice('edit-'.length)}"]`);
const openSlots = () => [...document.querySelectorAll('.editslot')].filter((slot) => slot.firstElementChild);
const isTyped = (slot) => slot.querySelector('form[data-typed]') !== null;

const close = (slot, { refocus = false } = {}) => {
  slot.replaceChildren();
  const pencil = pencilOf(slot);
  pencil?.setAttribute('aria-expanded', 'false');
  pencil?.removeAttribute('tabindex');
  if (refocus) pencil?.focus();
};

const opened = (slot) => {
  for (const other of openSlots()) if (other !== slot && !isTyped(other)) close(other);
  pencilOf(slot)?.setAttribute('aria-expanded', 'true');
  // The form stands where the title was: what cannot be seen takes no focus.
  if (slot.closest('.titleline')) pencilOf(slot)?.setAttribute('tabindex', '-1');
  // What has to be read first takes the focus: a second Enter must not agree to it unread.
  const first = ['[data-takes-focus]', '[aria-invalid="true"]', '[data-first]']
    .map((each) => slot.querySelector(each)).find(Boolean);
  first?.focus();
  if (first?.matches('.input:not([type="date"])')) first.select();
};

// Once it is saved, the answer is the goal's page: only the regions that the form names are taken from that.
document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  const { elt, verb } = detail.requestConfig;
  if (verb === 'post' && elt.matches('form[data-edit-form]') && detail.xhr.status === 200) {
    detail.swapOverride = 'none';
  }
});

// Records that stand open beside the page were of the goal as it was: they come anew, or go with their period.
const saved = async (form, focus) => {
  focus();
  // Every region that settled says so; one of them is enough.
  const records = document.querySelector('#records-slot .records');
  if (!records || 'isSaved' in form.dataset) return;
  form.dataset.isSaved = '';
  if (document.querySelector(`#periods tr[data-period="${records.dataset.period}"]`)) {
    await htmx.ajax('GET', records.dataset.source, { target: '#records-slot', source: document.body });
    focus();
  } else {
    records.querySelector('[data-close-records]').click();
  }
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
    saved(asked, () => document.querySelector(`[data-edits="${asked.dataset.editForm}"]`)?.focus());
  } else if (asked?.matches('form[data-undo]')) {
    asked.closest('.toast')?.remove();
    saved(asked, () => document.querySelector('#goal-head h1')?.focus());
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
