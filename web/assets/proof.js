// A light proof of work: finds a number whose SHA-256 behind a submission id
// begins with sixteen zero bits. Loaded only where a wave asks for it, by pages and
// by the service worker alike, so it exports nothing.

(() => {
  const zeros = 16; // as internal/server asks for
  const step = 2000; // hashes between two looks at what else there is to do

  // The constants of FIPS 180-4: fractional parts of the roots of the first primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  const start = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const words = new Int32Array(64);

  const turn = (x, by) => (x >>> by) | (x << (32 - by));

  /** The first 32 bits of the SHA-256 of up to 55 bytes: one block. */
  function firstWord(bytes) {
    words.fill(0, 0, 16);
    bytes.forEach((byte, at) => { words[at >> 2] |= byte << (24 - 8 * (at & 3)); });
    words[bytes.length >> 2] |= 0x80 << (24 - 8 * (bytes.length & 3));
    words[15] = bytes.length * 8;
    for (let i = 16; i < 64; i += 1) {
      const [p, q] = [words[i - 15], words[i - 2]];
      words[i] = words[i - 16] + (turn(p, 7) ^ turn(p, 18) ^ (p >>> 3)) + words[i - 7] + (turn(q, 17) ^ turn(q, 19) ^ (q >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = start;
    for (let i = 0; i < 64; i += 1) {
      const s = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i]) | 0;
      const t = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + s) | 0; d = c; c = b; b = a; a = (s + t) | 0;
    }
    return (start[0] + a) | 0;
  }

  /** Returns the proof for an id of at most 46 characters, without keeping the page from answering. */
  async function prove(id) {
    const encoder = new TextEncoder();
    for (let at = 0; ; at += 1) {
      if (firstWord(encoder.encode(`${id}:${at}`)) >>> (32 - zeros) === 0) return String(at);
      if (at % step === step - 1) await new Promise((resolve) => { setTimeout(resolve); });
    }
  }

  globalThis.bedarfslotseProof = prove;
})();
