// Menus and popovers are <details class="menu">: they open by themselves. Here: keys, and closing.

const openMenus = () => document.querySelectorAll('details.menu[open]');
const itemsOf = (menu) => [...menu.querySelectorAll(':scope > .menu__list :is(a[href], button:enabled)')];

const close = (menu, { refocus = false } = {}) => {
  menu.open = false;
  if (refocus) menu.querySelector('summary').focus();
};

addEventListener('click', (event) => {
  for (const menu of openMenus()) {
    const isInside = menu.contains(event.target);
    if (!isInside || event.target.closest('.menu__item, [data-close-menu]')) close(menu);
  }
  // Opened by a key (a click without a pointer): the first item takes the focus.
  const summary = event.target.closest?.('details.menu > summary');
  if (summary && event.detail === 0 && !summary.parentElement.open) {
    requestAnimationFrame(() => itemsOf(summary.parentElement)[0]?.focus());
  }
});

addEventListener('keydown', (event) => {
  const menu = event.target.closest?.('details.menu');
  if (event.key === 'Escape') {
    const open = menu?.open ? [menu] : openMenus();
    for (const each of open) close(each, { refocus: true });
    // What closed a menu shall not also close the records or a dialog.
    if (open.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    return;
  }
  // While a menu is open its items answer to the letters beside them.
  const isLetter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const key = isLetter && CSS.escape(event.key.toLowerCase());
  const lettered = key && document.querySelector(`details.menu[open] [data-key="${key}"]`);
  if (lettered && !event.target.matches('input, select, textarea')) {
    event.preventDefault();
    lettered.click();
    return;
  }
  if (!menu || event.target.matches('input, select, textarea')) return;
  const items = itemsOf(menu);
  if (!items.length) return;
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined || (!menu.open && !event.key.startsWith('Arrow'))) return;
  event.preventDefault();
  menu.open = true;
  items.at(next % items.length).focus();
});

// A press on words in a menu, a label's too, would take the focus out of it and close it before the click comes.
addEventListener('mousedown', (event) => {
  const isWords = !event.target.closest?.('input, select, textarea, a, button');
  if (isWords && event.target.closest?.('.menu__list')) event.preventDefault();
});

addEventListener('focusout', (event) => {
  const menu = event.target.closest?.('details.menu[open]');
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu);
});
