// Passkeys: asks the server what to ask the device, asks the device, and sends
// its answer with the form.
//
//   <form data-passkey="get" data-begin="…" data-failed="…" hidden>
//     <input type="hidden" name="answer"> <p role="alert" hidden></p> …
//
// data-passkey is "get" to sign in or "create" to add one; data-again is where
// whoever has to sign in once more is led. Without this script, or in a browser
// without passkeys, the form stays hidden.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

// What browsers of before 2025 lack: PublicKeyCredential's own reading and writing.
const options = {
  create: (json) => PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
    ...json, challenge: bytes(json.challenge), user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: known(json.excludeCredentials),
  },
  get: (json) => PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
    ...json, challenge: bytes(json.challenge), allowCredentials: known(json.allowCredentials),
  },
};

function written(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, response } = credential;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return { id, rawId: text(rawId), type, response: parts, clientExtensionResults: credential.getClientExtensionResults() };
}

// said is the sentence in an answer that is none of options.
const said = (json) => json.error?.message ?? json.errors?.[0]?.message;

async function ask(form) {
  const fields = new URLSearchParams(new FormData(form));
  const got = await fetch(form.dataset.begin, { method: 'POST', body: fields, headers: { Accept: 'application/json' } });
  if (got.status === 401 && form.dataset.again) {
    location.assign(form.dataset.again);
    return undefined;
  }
  const json = await got.json();
  if (!got.ok) throw new Error(said(json) ?? form.dataset.failed);
  const kind = form.dataset.passkey;
  try {
    return written(await navigator.credentials[kind]({ publicKey: options[kind](json) }));
  } catch (cause) {
    throw new Error((cause.name === 'InvalidStateError' && form.dataset.known) || form.dataset.failed, { cause });
  }
}

async function send(form) {
  const problem = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  problem.hidden = true;
  button.disabled = true;
  try {
    const answer = await ask(form);
    if (!answer) return;
    form.elements.answer.value = JSON.stringify(answer);
    form.submit();
  } catch (error) {
    problem.textContent = error instanceof TypeError ? form.dataset.failed : error.message;
    problem.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (globalThis.PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send(form);
    });
    form.hidden = false;
  }
}
