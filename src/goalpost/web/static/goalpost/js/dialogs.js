// A dialog that the server sends opens by itself and is gone once closed. The browser keeps and returns focus.

const opened = (root) => {
  for (const dialog of root.querySelectorAll('dialog[data-open]:not([open])')) {
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('input', () => { dialog.dataset.typed = ''; });
    dialog.addEventListener('cancel', (event) => {
      if (!mayDrop(dialog)) event.preventDefault();
    });
    dialog.showModal();
  }
};

// Escape and Close ask before typed text is lost; the question is the server's, in its language.
const mayDrop = (dialog) => !('typed' in dialog.dataset) || !dialog.dataset.ask || confirm(dialog.dataset.ask);

addEventListener('click', (event) => {
  const dialog = event.target.closest('[data-close-dialog]')?.closest('dialog');
  if (!dialog) return;
  event.preventDefault();
  if (mayDrop(dialog)) dialog.close();
});

// A form sent back with errors replaces the dialog's inside: its summary takes the focus.
document.addEventListener('htmx:afterSettle', (event) => {
  opened(document);
  event.detail.target.querySelector?.('[data-takes-focus]')?.focus();
});

opened(document);
