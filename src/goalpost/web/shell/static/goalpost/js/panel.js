// On narrow screens the Insights panel slides in over the page.

const panel = () => document.getElementById('panel');
const buttons = () => document.querySelectorAll('[data-toggle-panel]');

const show = (isOpen) => {
  panel().classList.toggle('is-open', isOpen);
  for (const button of buttons()) button.setAttribute('aria-expanded', String(isOpen));
  if (isOpen) panel().querySelector('a, button, summary, input')?.focus();
};

addEventListener('click', (event) => {
  if (!panel()) return;
  if (event.target.closest('[data-toggle-panel]')) show(!panel().classList.contains('is-open'));
  else if (panel().classList.contains('is-open') && !panel().contains(event.target)) show(false);
});

addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !panel()?.classList.contains('is-open')) return;
  show(false);
  buttons()[0]?.focus();
});
