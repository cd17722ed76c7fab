// Requests of a region: an error is shown where it happened, and a link still opens in a new tab.

const showError = (event) => {
  const { target, requestConfig, xhr } = event.detail;
  const template = document.getElementById('region-error');
  if (!target || !template) return;
  // An open dialog covers all that is not in it.
  const place = target.querySelector('dialog[open] :is(.formgrid__main, .dialog__body)') ?? target;
  place.querySelector(':scope > [data-region-error]')?.remove();
  const box = template.content.firstElementChild.cloneNode(true);
  const isSaving = requestConfig.verb !== 'get' && !requestConfig.path.endsWith('/preview');
  const words = box.querySelector(`[data-status="${xhr?.status}"]`)
    ?? box.querySelector(`[data-status="${isSaving ? 'unsaved' : 'other'}"]`);
  for (const each of box.querySelectorAll('[data-status]')) each.hidden = each !== words;
  const again = box.querySelector('button');
  if (requestConfig.verb === 'get') {
    again.addEventListener('click', () => {
      box.remove();
      htmx.ajax('GET', requestConfig.path, { target, source: requestConfig.elt });
    });
  } else {
    again.remove();
  }
  place.prepend(box);
  box.scrollIntoView({ block: 'nearest' });
};

document.addEventListener('htmx:responseError', showError);
document.addEventListener('htmx:sendError', showError);
document.addEventListener('htmx:timeout', showError);

// What floats over the page goes with the next thing one does.
addEventListener('click', (event) => {
  const floating = document.querySelector(':is(#records-slot, #dialog-slot) > [data-region-error]');
  if (floating && !floating.contains(event.target)) floating.remove();
});

// htmx takes every click on a link it knows; with a modifier key the click is the browser's.
addEventListener('click', (event) => {
  const isForBrowser = event.ctrlKey || event.metaKey || event.shiftKey;
  if (isForBrowser && event.target.closest?.('a[hx-get]')) event.stopImmediatePropagation();
}, { capture: true });
