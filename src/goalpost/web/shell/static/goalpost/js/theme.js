// The theme is chosen in the account menu. The server writes it on <html> (no flash); here it changes at once.

const YEAR = 60 * 60 * 24 * 365;

addEventListener('click', (event) => {
  const choice = event.target.closest('[data-choose-theme]');
  if (!choice) return;
  event.preventDefault();
  const theme = choice.value;
  const secure = location.protocol === 'https:' ? '; secure' : '';
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  for (const other of document.querySelectorAll('[data-choose-theme]')) {
    other.setAttribute('aria-checked', String(other.value === theme));
  }
  dispatchEvent(new Event('goalpost:theme'));
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  dispatchEvent(new Event('goalpost:theme'));
});
