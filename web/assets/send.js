// Sends a response and says in plain terms what became of it. Loaded when the
// first page is shown: it is needed last.

const patience = 30_000; // milliseconds; a phone with two bars of network is slow

/**
 * Sends entries to an address. Returns {receipt, statement} when it is stored,
 * {problems: [{name, message}]} when answers do not fit, else {failed} with the
 * end of the key of the sentence to say.
 */
export async function send(address, entries, details, place) {
  const id = submissionId(entries.toString(), `${place}:sending`);
  const body = new URLSearchParams(entries);
  body.append('submission_id', id);
  body.append(':day', today());
  for (const [name, value] of Object.entries(details)) if (value) body.append(name, value);
  const answer = await fetch(address, {
    method: 'POST', body, headers: { Accept: 'application/json' },
    credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout?.(patience),
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) {
    forget(place);
    forget(`${place}:sending`);
    return { receipt: told.receipt ?? await receiptOf(id), statement: told.statement_receipt };
  }
  if (answer.status === 409) forget(`${place}:sending`); // the next attempt gets an id of its own
  if (answer.status === 422 && told.errors) return { problems: told.errors };
  return { failed: { 409: 'conflict', 410: 'closed', 413: 'too_large', 429: 'too_many' }[answer.status] ?? 'server' };
}

let last = null; // the last attempt, where the window refuses to keep it

/**
 * The id belongs to the content: what is sent again unchanged keeps it, so that
 * it is stored once; what was changed in between gets a new one.
 */
function submissionId(content, place) {
  try {
    last ??= JSON.parse(sessionStorage.getItem(place));
  } catch { /* a private window may keep nothing */ }
  if (last?.content === content) return last.id;
  const random = crypto.getRandomValues(new Uint8Array(16));
  last = { id: Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join(''), content };
  try {
    sessionStorage.setItem(place, JSON.stringify(last));
  } catch { /* as above */ }
  return last.id;
}

function forget(place) {
  last = null;
  try {
    sessionStorage.removeItem(place);
  } catch { /* then nothing was kept */ }
}

function today() {
  const now = new Date();
  const pad = (number) => String(number).padStart(2, '0');
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}

/** The receipt as the server makes it, for an answer that lost its body on the way. */
async function receiptOf(id) {
  if (!crypto.subtle) return '–'; // not over https
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id)));
  const bits = Array.from(sum.slice(0, 10), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{5}/g).map((five) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[parseInt(five, 2)]);
  return letters.join('').match(/.{4}/g).join('-');
}
