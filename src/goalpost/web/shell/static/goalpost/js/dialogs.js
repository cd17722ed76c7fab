// A dialog that the server sends opens by itself and is gone once closed. The browser keeps the focus in it and
// returns it, but not to what is hidden by then or was never focused: an item of a menu, a dialog's first step.

let opener = null;

document.addEventListener('htmx:beforeRequest', ({ detail }) => {
  if (detail.target?.id === 'dialog-slot' && !detail.elt.closest('dialog')) opener = detail.elt;
});

const returnFocus = () => {
  if (document.activeElement !== document.body || !opener?.isConnected) return;
  const menu = opener.closest('details.menu:not([open])');
  (menu?.querySelector('summary') ?? opener).focus();
};

const opened = (root) => {
  for (const dialog of root.querySelectorAll('dialog[data-open]:not([open])')) {
    dialog.addEventListener('close', () => {
      dialog.remove();
      returnFocus();
    });
    dialog.addEventListener('input', () => { dialog.dataset.typed = ''; });
    dialog.addEventListener('cancel', (event) => {
      if (mayDrop(dialog)) return;
      event.preventDefault();
      ask(dialog);
    });
    // The browser lets a dialog refuse to close only once in a row: Escape never gets that far.
    dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || mayDrop(dialog)) return;
      event.preventDefault();
      ask(dialog);
    });
    dialog.showModal();
  }
};

const mayDrop = (dialog) => !('typed' in dialog.dataset) || !dialog.dataset.ask;

// Escape and Close ask before typed text is lost, in a dialog over it; the words are the server's.
const ask = (dialog) => {
  if (document.querySelector('dialog[data-asks][open]')) return;
  const question = document.getElementById('ask-dialog').content.firstElementChild.cloneNode(true);
  question.dataset.asks = '';
  question.querySelector('h2').textContent = dialog.dataset.ask;
  question.addEventListener('close', () => question.remove());
  question.addEventListener('click', (event) => {
    const { answer } = event.target.closest('[data-answer]')?.dataset ?? {};
    if (!answer) return;
    question.close();
    if (answer === 'yes') dialog.close();
  });
  document.body.append(question);
  question.showModal();
  question.querySelector('[data-answer="no"]').focus();
};

addEventListener('click', (event) => {
  const dialog = event.target.closest('[data-close-dialog]')?.closest('dialog');
  if (!dialog) return;
  event.preventDefault();
  if (mayDrop(dialog)) dialog.close();
  else ask(dialog);
});

// Once touched, a name is the person's: no answer of the preview that was asked for before takes it back.
document.addEventListener('input', ({ target }) => {
  if (target.id === 'id_title') target.closest('#goal-title').dataset.touched = '';
});

document.addEventListener('htmx:oobBeforeSwap', ({ detail }) => {
  if (detail.target.id === 'goal-title' && 'touched' in detail.target.dataset) detail.shouldSwap = false;
});

// What the preview finds no longer at fault is no longer marked; what is newly at fault the summary says.
document.addEventListener('htmx:oobAfterSwap', ({ detail }) => {
  if (detail.target.id !== 'goal-faults') return;
  const summary = document.getElementById('goal-faults');
  for (const field of document.querySelectorAll('#goal-form .has-error')) {
    const named = [field, ...field.querySelectorAll('[id]')].map(({ id }) => id);
    if (named.some((id) => summary.querySelector(`a[href="#${id}"]`))) continue;
    field.classList.remove('has-error');
    for (const each of field.querySelectorAll('.error')) each.remove();
    for (const each of field.querySelectorAll('[aria-invalid]')) each.removeAttribute('aria-invalid');
  }
});

// A form sent back with errors replaces the dialog's inside: its summary takes the focus.
document.addEventListener('htmx:afterSettle', (event) => {
  opened(document);
  const asked = event.detail.target.querySelector?.('[data-takes-focus]')
    ?? document.querySelector('#goal-targets [data-takes-focus]');
  asked?.focus();
  asked?.removeAttribute('data-takes-focus');
});

opened(document);

// Who writes a day has chosen it.
document.addEventListener('input', ({ target }) => {
  const chosen = target.form?.querySelector(`[name="when"][value="${target.dataset.chooses}"]`);
  if (target.dataset.chooses && chosen) chosen.checked = true;
});
