// The records behind a number: a panel with an address of its own. Escape or Back closes it and returns the
// focus; the left and right arrow keys step through the periods.

const slot = document.getElementById('records-slot');
const app = document.querySelector('.app');
const panel = () => slot?.querySelector('.records');

let opener = null;
let latest = null;
let steps = [];
let wasPushed = false;

const choose = (period) => {
  for (const row of document.querySelectorAll('tr[data-period]')) {
    row.classList.toggle('is-selected', row.dataset.period === period);
  }
  dispatchEvent(new CustomEvent('goalpost:period', { detail: period }));
};

// What was used keeps the focus, so that a list can be sorted again; a new period starts at its heading.
const focusAfter = (used) => {
  const kept = used?.closest?.('[data-keep-focus]');
  const id = kept?.dataset.keepFocus || kept?.id;
  (id && panel().querySelector(`#${CSS.escape(id)}`) || panel().querySelector('h2'))?.focus();
};

const shown = ({ isNew, used }) => {
  app?.classList.add('has-records');
  choose(panel().dataset.period ?? null);
  const state = { records: panel().dataset.source };
  if (isNew) {
    history.pushState(state, '', panel().dataset.address);
    wasPushed = true;
  } else {
    history.replaceState(state, '', panel().dataset.address);
  }
  focusAfter(used);
};

// A step asked for while the panel is on its way to another period follows it, so that none is lost.
const step = (direction) => {
  if (latest) steps.push(direction);
  else panel()?.querySelector(`a[data-step="${direction}"]`)?.click();
};

const hide = () => {
  latest = null;
  steps = [];
  slot.replaceChildren();
  app?.classList.remove('has-records');
  choose(null);
  wasPushed = false;
  // The opener may have been swapped since: then the link with the same address takes its place.
  const href = opener?.getAttribute('href');
  const again = opener?.isConnected ? opener : href && document.querySelector(`a[href="${CSS.escape(href)}"]`);
  again?.focus();
  opener = null;
};

const close = () => {
  const address = panel().querySelector('[data-close-records]').getAttribute('href');
  if (wasPushed) {
    history.back();
  } else {
    hide();
    history.replaceState(null, '', address);
  }
};

if (slot) {
  let wasOpen = panel() !== null;
  if (wasOpen) {
    app?.classList.add('has-records');
    choose(panel().dataset.period ?? null);
  }

  slot.addEventListener('htmx:beforeSwap', (event) => {
    wasOpen = panel() !== null;
    // Something newer was asked for, or the panel was closed meanwhile: too late.
    if (event.detail.target === slot && event.detail.xhr !== latest) event.detail.shouldSwap = false;
  });
  document.addEventListener('htmx:beforeRequest', (event) => {
    if (event.detail.target === slot) latest = event.detail.xhr;
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.xhr !== latest) return;
    latest = null;
    const next = steps.shift();
    if (next) step(next);
  });
  slot.addEventListener('htmx:afterSwap', (event) => {
    if (!panel() || event.detail.target !== slot) return;
    if (!wasOpen) opener = event.detail.requestConfig.elt;
    const used = event.detail.requestConfig.elt;
    shown({ isNew: !wasOpen && !used?.matches('body'), used });
  });

  // Another time range: the page's address is no longer that of a period's records.
  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.detail.target?.id === 'chart' && panel()) hide();
  });

  addEventListener('popstate', (event) => {
    if (event.state?.records) {
      htmx.ajax('GET', event.state.records, { target: slot });
    } else if (panel()) {
      hide();
    }
  });

  addEventListener('click', (event) => {
    if (!event.target.closest?.('[data-close-records]') || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    close();
  });

  addEventListener('keydown', (event) => {
    if (!panel() || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const isTyping = event.target.matches?.('input, select, textarea');
    // A field of the panel leaves with it; Escape in any other is that field's.
    if (isTyping && !panel().contains(event.target)) return;
    if (event.key === 'Escape') {
      close();
      return;
    }
    if (isTyping) return;
    // Between columns of the chart the arrow keys move the focus, see chart.js.
    if (event.target.closest?.('[data-chart], details.menu')) return;
    const direction = { ArrowLeft: 'previous', ArrowRight: 'next' }[event.key];
    if (direction && panel().querySelector(`a[data-step="${direction}"]`)) {
      event.preventDefault();
      step(direction);
    }
  });
}
