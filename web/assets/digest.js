// The function digest() of expressions, loaded where a survey calls it. The
// browser's own digests are asynchronous, and expressions are not.

import { text } from './expression.js';

const hash = {
  MD5: (bytes) => narrow(bytes, true),
  'SHA-1': (bytes) => narrow(bytes, false),
  'SHA-256': (bytes) => wide(bytes, 32n, 64, 0, 32, [2, 13, 22, 6, 11, 25, 7, 18, 3, 17, 19, 10]),
  'SHA-384': (bytes) => wide(bytes, 64n, 80, 8, 48, [28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6]),
  'SHA-512': (bytes) => wide(bytes, 64n, 80, 0, 64, [28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6]),
};

function digest([value, named, encoding], env) {
  const algorithm = text(named, env);
  if (!Object.hasOwn(hash, algorithm)) return '';
  const bytes = hash[algorithm](new TextEncoder().encode(text(value, env)));
  const hexadecimal = encoding !== undefined && text(encoding, env) === 'hex';
  return hexadecimal ? bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('') : btoa(String.fromCharCode(...bytes));
}

/** The message with its end mark and length in bits, in whole blocks. */
function padded(bytes, block, little) {
  const out = new Uint8Array(Math.ceil((bytes.length + 1 + block / 8) / block) * block);
  out.set(bytes);
  out[bytes.length] = 0x80;
  const view = new DataView(out.buffer);
  view.setUint32(out.length - (little ? 8 : 4), bytes.length * 8, little);
  return view;
}

const turn = (word, by) => (word << by) | (word >>> (32 - by));

/** MD5 (RFC 1321), which counts from the little end, and SHA-1 (RFC 3174). */
function narrow(bytes, little) {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, ...(little ? [] : [0xc3d2e1f0])];
  const view = padded(bytes, 64, little);
  const shifts = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  for (let from = 0; from < view.byteLength; from += 64) {
    const words = Array.from({ length: 16 }, (_, i) => view.getUint32(from + i * 4, little));
    let [a, b, c, d, e] = state;
    for (let i = 0; i < (little ? 64 : 80); i++) {
      if (little) {
        const round = i >> 4;
        const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
        const word = words[[i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16];
        const sum = (a + mixed + word + Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32)) | 0;
        [a, b, c, d] = [d, (b + turn(sum, shifts[round][i % 4])) | 0, b, c];
      } else {
        if (i > 15) words[i] = turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        const round = Math.floor(i / 20);
        const mixed = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
        const key = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round];
        [a, b, c, d, e] = [(turn(a, 5) + mixed + e + key + words[i]) | 0, a, turn(b, 30), c, d];
      }
    }
    [a, b, c, d, e].slice(0, state.length).forEach((word, i) => { state[i] = (state[i] + word) | 0; });
  }
  return state.flatMap((word) => [24, 16, 8, 0].map((by) => (word >>> (little ? 24 - by : by)) & 255));
}

/** The SHA-2 family (FIPS 180-4); first says from which prime on its state begins. */
function wide(bytes, bits, rounds, first, length, by) {
  const mask = (1n << bits) - 1n;
  const [s0, s1, s2, t0, t1, t2, u0, u1, u2, v0, v1, v2] = by.map(BigInt);
  const rotate = (word, count) => (word >> count) | (word << (bits - count));
  const root = (prime, power) => { // the first bits of the fraction of a prime's root
    const target = BigInt(prime) << (64n * power);
    let low = 0n;
    for (let bit = 1n << 69n; bit; bit >>= 1n) if ((low | bit) ** power <= target) low |= bit;
    return (low >> (64n - bits)) & mask;
  };
  const primes = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const keys = primes.slice(0, rounds).map((prime) => root(prime, 3n));
  const state = primes.slice(first, first + 8).map((prime) => root(prime, 2n));
  const size = Number(bits) / 8;
  const view = padded(bytes, size * 16, false);
  for (let from = 0; from < view.byteLength; from += size * 16) {
    const words = [];
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < rounds; i++) {
      if (i < 16) words[i] = size === 4 ? BigInt(view.getUint32(from + i * 4)) : view.getBigUint64(from + i * 8);
      else {
        const [x, y] = [words[i - 15], words[i - 2]];
        words[i] = (words[i - 16] + words[i - 7] + ((rotate(x, u0) ^ rotate(x, u1) ^ (x >> u2)) & mask) +
          ((rotate(y, v0) ^ rotate(y, v1) ^ (y >> v2)) & mask)) & mask;
      }
      const one = h + ((rotate(e, t0) ^ rotate(e, t1) ^ rotate(e, t2)) & mask) + ((e & f) ^ (~e & mask & g)) + keys[i] + words[i];
      const two = ((rotate(a, s0) ^ rotate(a, s1) ^ rotate(a, s2)) & mask) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(one + two) & mask, a, b, c, (d + one) & mask, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) & mask; });
  }
  return state.flatMap((word) => Array.from({ length: size }, (_, i) => Number((word >> BigInt((size - 1 - i) * 8)) & 255n)))
    .slice(0, length);
}

/** What [evaluate] of expression.js finds in env.operations. */
export const operations = { digest };
