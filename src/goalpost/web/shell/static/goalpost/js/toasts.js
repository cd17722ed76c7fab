// A toast stays 8 seconds, longer while the pointer or the focus is on it.

const STAY = 8000;

const start = (toast) => {
  let timer;
  const go = () => { timer = setTimeout(() => toast.remove(), STAY); };
  const wait = () => clearTimeout(timer);
  toast.addEventListener('mouseenter', wait);
  toast.addEventListener('focusin', wait);
  toast.addEventListener('mouseleave', go);
  toast.addEventListener('focusout', go);
  go();
};

const region = document.getElementById('toasts');
if (region) {
  for (const toast of region.children) start(toast);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement) start(node);
    }
  }).observe(region, { childList: true });
}
