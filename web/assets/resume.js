// Sets a draft aside on the server, to go on with it on another device. It is
// encrypted here, with a key made from a code of four words; the server gets
// neither the code nor the key.

const consonants = 'bdfghjklmnprstvz';
const vowels = 'aiou';
const rounds = 600_000; // OWASP's advice for PBKDF2 with SHA-256, 2023
const block = 2048; // a draft's length says nothing about the answers

/** Whether this browser can encrypt: it does so only over https. */
export const able = () => Boolean(globalThis.crypto?.subtle);

/** Four words of five letters that can be spoken in any language, 16 bits each (Wilkerson 2009). */
export function newCode() {
  return Array.from(crypto.getRandomValues(new Uint16Array(4)), (bits) => consonants[bits >> 12] + vowels[(bits >> 10) & 3] +
    consonants[(bits >> 6) & 15] + vowels[(bits >> 4) & 3] + consonants[bits & 15]).join(' ');
}

/** Reads a code as it was typed; null when it is none. */
export function readCode(typed) {
  const letters = typed.toLowerCase().normalize('NFKD').replace(/[^a-z]/g, '');
  return new RegExp(`^([${consonants}][${vowels}][${consonants}][${vowels}][${consonants}]){4}$`).test(letters)
    ? letters.match(/.{5}/g).join(' ') : null;
}

/** The place and the key that belong to a code: two parts of one derivation. */
async function derive(slug, code) {
  const text = (string) => new TextEncoder().encode(string);
  const secret = await crypto.subtle.importKey('raw', text(code), 'PBKDF2', false, ['deriveBits']);
  const bits = new Uint8Array(await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-256', salt: text(`bedarfslotse ${slug}`), iterations: rounds }, secret, 384));
  return {
    address: `/s/${encodeURIComponent(slug)}/drafts/${Array.from(bits.slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    key: await crypto.subtle.importKey('raw', bits.slice(16), 'AES-GCM', false, ['encrypt', 'decrypt']),
  };
}

/** Sets a draft aside; returns the last day on which it is kept, or throws. */
export async function setAside(slug, code, draft) {
  const { address, key } = await derive(slug, code);
  const content = new TextEncoder().encode(JSON.stringify(draft));
  const padded = new Uint8Array(Math.ceil(content.length / block) * block).fill(32);
  padded.set(content);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, padded));
  const answer = await fetch(address, { method: 'PUT', body: new Blob([iv, sealed]), credentials: 'omit', headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).last;
}

/** Fetches what was set aside under a code: null when nothing is there; throws without network. */
export async function takeUp(slug, code) {
  const { address, key } = await derive(slug, code);
  const answer = await fetch(address, { credentials: 'omit', cache: 'no-store', headers: { Accept: 'application/octet-stream, application/json' } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const content = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(0, 12) }, key, bytes.slice(12));
  return JSON.parse(new TextDecoder().decode(content));
}

/** Deletes what was set aside under a code. */
export async function forget(slug, code) {
  const { address } = await derive(slug, code);
  await fetch(address, { method: 'DELETE', credentials: 'omit' });
}
