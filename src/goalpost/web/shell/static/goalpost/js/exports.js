// An export is a plain link. Here: the button is busy until the file comes, and says so when none does.

const NAME = /filename\*=utf-8''([^;]+)|filename="((?:[^"\\]|\\.)*)"/i;

const nameIn = (header) => {
  const [, encoded, plain] = NAME.exec(header ?? '') ?? [];
  return encoded ? decodeURIComponent(encoded) : (plain ?? 'export').replace(/\\(.)/g, '$1');
};

const say = (menu, words) => {
  const toast = menu.querySelector('template').content.firstElementChild.cloneNode(true);
  if (words) toast.querySelector('span').textContent = words;
  document.getElementById('toasts').append(toast);
};

const keep = async (response) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = nameIn(response.headers.get('Content-Disposition'));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

// What a page that stands in for the file says.
const wordsOf = async (response) => {
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  return [...page.querySelectorAll('#main :is(h1, p)')].map((each) => each.textContent.trim()).join('. ');
};

addEventListener('click', async (event) => {
  const link = event.target.closest?.('[data-export] a[download]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const menu = link.closest('[data-export]');
  const button = menu.querySelector('summary');
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  button.classList.add('is-busy');
  button.focus();
  try {
    const response = await fetch(link.href);
    // Signed out meanwhile: where one signs in, and comes back to this page.
    if (response.redirected) location.reload();
    else if (response.ok) await keep(response);
    else say(menu, await wordsOf(response));
  } catch {
    say(menu);
  } finally {
    button.removeAttribute('aria-busy');
    button.classList.remove('is-busy');
  }
});
