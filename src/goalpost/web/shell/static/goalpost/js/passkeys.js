// Passkeys: the one thing here that a browser does with a script only. Where it cannot, its buttons stay hidden.
//
// A form with data-passkey holds a hidden field for the credential. "login" fetches what to ask the browser,
// "use" and "add" find it in the page, in the element that data-passkey-options names.

const able = Boolean(
  globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON && globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON,
);

const optionsOf = async (form) => {
  if (form.dataset.passkey === 'login') {
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return (await answer.json()).request_options;
  }
  const { creation_options: creation, request_options: request } = JSON.parse(
    document.getElementById(form.dataset.passkeyOptions).textContent,
  );
  return creation ?? request;
};

const ask = async (form) => {
  const { publicKey } = await optionsOf(form);
  if (form.dataset.passkey === 'add') {
    // A passkey signs in by itself: it is kept on the device and asks who holds it.
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection, residentKey: 'required', requireResidentKey: true, userVerification: 'required',
    };
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
};

for (const form of able ? document.querySelectorAll('form[data-passkey]') : []) {
  form.hidden = false;
  form.closest('[data-passkey-part]')?.removeAttribute('hidden');
  const error = form.querySelector('[data-passkey-error]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.hidden = true;
    try {
      const credential = await ask(form);
      form.elements.namedItem('credential').value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      error.hidden = false;
    }
  });
}
for (const without of able ? document.querySelectorAll('[data-without-passkey]') : []) without.hidden = true;
