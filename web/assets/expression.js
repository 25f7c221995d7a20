// Evaluates on the phone what internal/expression parsed on the server: the
// tree is an array with the operation's name first, a number or a string.
// Values are numbers, strings, booleans and, for XPath's node-sets, arrays of
// strings. Both evaluators obey internal/expression/testdata/cases.json, which
// gives each rule's reason; a change here needs the same change there.
//
// env gives what lies outside of the expression:
//   reference(name) → string[]  the answers to ${name}; [''] when unanswered
//   self()          → string    the answer at hand, "."
//   column(name)    → string[]  that column of the choice being judged
//   now()           → Date
//   place()         → the node at which the expression stands, for paths
//   find(name, from) → nodes that ${name} means as seen from a node
//   instance(name)  → the root of a choice list, or undefined
//   label(question, choice), itext(id) → what respondents read, or ''
//   random()        → number from 0 (included) to 1 (excluded)
//
// A node of a survey or list has name, position (from 1 among its like), parent
// (undefined at the root), text() and children(name), where '*' is any name.
// The same node must always be the same object.

/** Returns the value of a tree: number, string, boolean or array of strings. */
export function evaluate(tree, env) {
  if (!Array.isArray(tree)) return tree;
  const [name, ...args] = tree;
  return operations[name](args, env);
}

/** Returns the value of a tree as a boolean. */
export function truth(tree, env) {
  return toBoolean(evaluate(tree, env));
}

const text = (tree, env) => toText(evaluate(tree, env));
const number = (tree, env) => toNumber(evaluate(tree, env));

// Unanswered questions have a node too: only a text makes nodes true.
const toBoolean = (value) => (Array.isArray(value) ? value.some((node) => node) : Boolean(value));

function toText(value) {
  if (Array.isArray(value)) return value.length ? value[0] : '';
  return typeof value === 'number' ? numberText(value) : String(value);
}

// XPath writes numbers without exponent.
function numberText(value) {
  const [digits, exponent] = String(value).split('e');
  if (!exponent) return digits;
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(digits);
  const places = Number(exponent);
  return places < 0
    ? sign + '0.' + '0'.repeat(-places - 1) + whole + fraction
    : sign + whole + fraction.padEnd(places, '0');
}

function toNumber(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const trimmed = toText(value).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  return /^-?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : days(trimmed);
}

// Days since 1970-01-01, with the fraction of the day by the clock that wrote
// the text; its offset is not applied.
function days(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (!found) return NaN;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part || 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // carries 30 February on to March
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  if (hour > 23 || minute > 59 || second >= 60) return NaN;
  return date.getTime() / 864e5 + (hour * 3600 + minute * 60 + second) / 86400;
}

const comparisons = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

// With nodes, XPath asks whether any of them fulfils the comparison.
function compare(name, left, right) {
  const relational = name !== '=' && name !== '!=';
  const holds = comparisons[name];
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    if (!relational) return holds(toBoolean(left), toBoolean(right));
    const side = (value) => toNumber(Array.isArray(value) ? toBoolean(value) : value);
    return holds(side(left), side(right));
  }
  if (Array.isArray(left)) return left.some((node) => compare(name, node, right));
  if (Array.isArray(right)) return right.some((node) => compare(name, left, node));
  const numeric = relational || typeof left === 'number' || typeof right === 'number';
  return numeric ? holds(toNumber(left), toNumber(right)) : holds(left, right);
}

const fold = (step) => (args, env) => args.map((arg) => number(arg, env)).reduce(step);

const items = (list) => list.split(/[ \t\r\n]+/).filter((item) => item);

function selected([list, item], env) {
  const trim = (spaced) => spaced.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const [all, wanted] = [text(list, env), trim(text(item, env))];
  return items(all).includes(wanted) || trim(all) === wanted; // the name of one choice may hold spaces
}

// Literal patterns come translated, with their flags. One that this browser
// is too old for lets the answer pass: the server checks it again.
function regex([value, pattern, flags], env) {
  const source = flags ? pattern : `^(?:${text(pattern, env)})$`;
  try {
    return new RegExp(source, flags || 'u').test(text(value, env));
  } catch {
    return Boolean(flags);
  }
}

function round([value, decimals], env) {
  const exact = number(value, env);
  if (decimals === undefined) return Math.round(exact);
  const places = Math.max(-400, Math.min(400, Math.trunc(number(decimals, env))));
  if (Number.isNaN(places)) return NaN;
  const shifted = shiftPoint(exact, places);
  return Number.isFinite(shifted) ? shiftPoint(Math.round(shifted), -places) : exact;
}

const shiftPoint = (value, places) =>
  (Number.isFinite(value) ? Number(numberText(value) + 'e' + places) : value);

const pad = (value, width = 2) => String(value).padStart(width, '0');

const day = (date) => `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;

function now(_, env) {
  const date = env.now();
  const ahead = -date.getTimezoneOffset();
  const offset = Math.abs(ahead);
  return `${day(date)}T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}` +
    `.${pad(date.getMilliseconds(), 3)}${ahead < 0 ? '-' : '+'}${pad(Math.floor(offset / 60))}:${pad(offset % 60)}`;
}

// A function that may be called without argument then takes ".".
const argument = ([only], env) => (only === undefined ? [env.self()] : evaluate(only, env));

const of = (compute) => (args, env) => compute(...args.map((arg) => number(arg, env)));

const longest = 200000; // letters of a text that is put together

const join = (separator, args, env) =>
  args.flatMap((arg) => evaluate(arg, env)).map(toText).join(separator).slice(0, longest);

const numbers = (args, env) => args.flatMap((arg) => evaluate(arg, env)).map(toNumber);

function extreme(better, args, env) {
  const all = numbers(args, env);
  return all.length ? all.reduce((a, b) => better(a, b)) : NaN;
}

const cut = (letters, from, to) => letters.filter((_, at) => at >= from && at < to).join('');

// -1 is no bound.
function between([least, most], env, sum) {
  const [low, high] = [number(least, env), number(most, env)];
  return (low === -1 || sum >= low) && (high === -1 || sum <= high);
}

function uuid([length], env) {
  const digit = (base) => Math.floor(env.random() * base).toString(36);
  if (length === undefined) {
    return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'
      .replace(/[xy]/g, (kind) => (kind === 'x' ? digit(16) : '89ab'[Math.floor(env.random() * 4)]));
  }
  const wanted = Math.min(1000, Math.trunc(number(length, env))) || 0;
  return Array.from({ length: Math.max(0, wanted) }, () => digit(36)).join('');
}

// ---- Dates ------------------------------------------------------------------

/** Days since 1970-01-01 as a date and time, '' outside of the years 0 to 9999. */
function iso(value) {
  if (!(value >= -719528 && value < 2932897)) return '';
  const written = new Date(Math.floor(value * 864e5 + 0.5)).toISOString();
  return written.startsWith('+') ? '' : written.slice(0, -1);
}

function decimalTime(value) {
  const trimmed = value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const since = days(trimmed.includes('T') ? trimmed : `1970-01-01T${trimmed}`);
  if (!trimmed.includes('T')) return since;
  return since - since === 0 ? days('1970-01-01T' + trimmed.split('T')[1]) : NaN;
}

function formatDate([value, format], env) {
  const written = iso(number(value, env));
  if (!written) return '';
  const [year, month, date, hour, minute, second, thousandth] = written.split(/[-T:.]/);
  const names = new Date(`${written}Z`).toUTCString(); // Sun, 01 Mar 2026 …
  const parts = {
    Y: year, y: year.slice(2), m: month, n: Number(month), b: names.slice(8, 11), d: date, e: Number(date),
    H: hour, h: Number(hour), M: minute, S: second, 3: thousandth, a: names.slice(0, 3), '%': '%',
  };
  return text(format, env).replace(/%(.?)/gsu, (_, letter) => parts[letter] ?? '').slice(0, longest);
}

// ---- Paths ------------------------------------------------------------------

// Inside a predicate, env is one that inherits from the whole expression's
// (outer), with the node judged (at), its position and their number (size).
const outer = (env) => env.outer ?? env;
const here = (env) => ('at' in env ? env.at : env.place());
const from = (env) => env.from ?? env.place(); // from where ${name} is seen
const list = (node) => (node ? [node] : []);
const texts = (nodes) => nodes.map((node) => node.text());
const rootOf = (node) => (node?.parent ? rootOf(node.parent) : node);

/** The nodes that an operand names. */
const places = ([name, ...args], env) => walks[name](args, env);

// Predicates within predicates multiply: what lies beyond a million visits is
// not found.
function visit(nodes, env) {
  const top = outer(env);
  top.visits = (top.visits ?? 0) + nodes.length + 1;
  return top.visits > 1e6 ? [] : nodes;
}

function keep(nodes, predicates, env) {
  for (const predicate of predicates) {
    const all = nodes;
    const top = outer(env);
    if (!visit(all, top).length) return [];
    const inSurvey = all.length && rootOf(all[0]) === rootOf(top.place());
    nodes = all.filter((node, at) => {
      if (top.visits > 1e6) return false;
      const inner = Object.assign(Object.create(top), {
        outer: top, at: node, position: at + 1, size: all.length,
        self: () => node.text(),
        column: (name) => texts(node.children(name)),
        from: inSurvey ? node : env.from,
        ...(inSurvey || env.from ? { reference: (name) => texts(top.find(name, inSurvey ? node : env.from)) } : {}),
      });
      const value = evaluate(predicate, inner);
      return typeof value === 'number' ? value === at + 1 : toBoolean(value);
    });
  }
  return nodes;
}

function take(nodes, step, env) {
  const [name, ...predicates] = [step].flat(1);
  if (name === '.') return keep(nodes, predicates, env);
  if (name === '..') return keep([...new Set(nodes.flatMap((node) => list(node.parent)))], predicates, env);
  return nodes.flatMap((node) => keep(visit(node.children(name), env), predicates, env));
}

// In the order of the document, where both sides hold something.
function union(left, right) {
  if (!left.length || !right.length) return [...left, ...right];
  const wanted = new Set([...left, ...right]);
  const inside = (node) => [...(wanted.has(node) ? [node] : []), ...node.children('*').flatMap(inside)];
  return [...new Set([rootOf(left[0]), rootOf(right[0])])].flatMap(inside);
}

const walks = {
  ref: ([name], env) => visit(env.find(name, from(env)), env),
  self: (_, env) => list(here(env)),
  root: (_, env) => list(rootOf(outer(env).place())),
  col: ([name], env) => here(env)?.children(name) ?? [],
  '|': ([left, right], env) => union(places(left, env), places(right, env)),
  path: ([start, ...steps], env) => {
    let nodes = places(start, env);
    if (start[0] === 'root') nodes = keep(nodes, [steps.shift()].flat(1).slice(1), env); // any name is the root's
    return steps.reduce((found, step) => take(found, step, env), nodes);
  },
  current: (_, env) => list(outer(env).place()),
  instance: ([name], env) => list(env.instance(name)).map((root) => ({
    name: '', position: 1, text: () => '', children: (wanted) => (wanted === '*' || wanted === root.name ? [root] : []),
  })),
  'indexed-repeat': ([[, name], ...pairs], env) => {
    let start = from(env);
    for (let at = start; at; at = at.parent) {
      if (at.name === pairs[0][1]) {
        start = at.parent;
        break;
      }
    }
    let found = env.find(name, start);
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const wanted = number(pairs[i + 1], env);
      found = found.filter((node) => {
        let at = node;
        while (at && at.name !== pairs[i][1]) at = at.parent;
        return at?.position === wanted;
      });
    }
    return found;
  },
  randomize: ([nodes, seed], env) =>
    shuffle(places(nodes, env), seed === undefined ? env.random : seeded(number(seed, env))),
};

function pulldata([name, column, key, value], env) {
  const wanted = text(value, env);
  const item = wanted && env.instance(name)?.children('item').find((one) => toText(texts(one.children(key))) === wanted);
  return item ? toText(texts(item.children(column))) : '';
}

const nameOf = ([node], env) => (node ? places(node, env)[0] : here(env))?.name ?? '';

/** Park and Miller's generator, as ODK seeds it. */
function seeded(seed) {
  const modulus = 2147483647;
  let state = (Number.isFinite(seed) ? Math.trunc(seed) : 0) % modulus;
  if (state <= 0) state += modulus - 1;
  return () => {
    state = (state * 16807) % modulus;
    return (state - 1) / (modulus - 1);
  };
}

/** Returns a list in the order of Fisher and Yates, as internal/expression's Shuffled. */
export function shuffle(all, random) {
  const out = [];
  all.forEach((one, i) => {
    const j = Math.floor(random() * (i + 1));
    out[i] = out[j];
    out[j] = one;
  });
  return out;
}

// ---- Digests ----------------------------------------------------------------
// The browser's own are asynchronous, and expressions are not.

function decode(value) {
  try {
    const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}

const hash = {
  MD5: (bytes) => narrow(bytes, true),
  'SHA-1': (bytes) => narrow(bytes, false),
  'SHA-256': (bytes) => wide(bytes, 32n, 64, 0, 32, [2, 13, 22, 6, 11, 25, 7, 18, 3, 17, 19, 10]),
  'SHA-384': (bytes) => wide(bytes, 64n, 80, 8, 48, [28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6]),
  'SHA-512': (bytes) => wide(bytes, 64n, 80, 0, 64, [28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6]),
};

function digest(value, algorithm, hexadecimal) {
  if (!Object.hasOwn(hash, algorithm)) return '';
  const bytes = hash[algorithm](new TextEncoder().encode(value));
  return hexadecimal ? bytes.map((byte) => pad(byte.toString(16))).join('') : btoa(String.fromCharCode(...bytes));
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

const operations = {
  ref: ([name], env) => env.reference(name),
  self: (_, env) => [env.self()],
  col: ([name], env) => env.column(name),
  neg: ([value], env) => -number(value, env),
  or: (args, env) => args.some((arg) => truth(arg, env)),
  and: (args, env) => args.every((arg) => truth(arg, env)),
  '+': fold((a, b) => a + b),
  '-': fold((a, b) => a - b),
  '*': fold((a, b) => a * b),
  div: fold((a, b) => a / b),
  mod: fold((a, b) => a % b),
  boolean: ([value], env) => truth(value, env),
  abs: of(Math.abs),
  acos: of(Math.acos),
  asin: of(Math.asin),
  atan: of(Math.atan),
  atan2: of(Math.atan2),
  'base64-decode': ([value], env) => decode(text(value, env)),
  'boolean-from-string': ([value], env) => /^[ \t\r\n]*(1|true)[ \t\r\n]*$/i.test(text(value, env)),
  ceiling: of(Math.ceil),
  checklist: (args, env) => between(args, env,
    args.slice(2).flatMap((arg) => evaluate(arg, env)).filter(toBoolean).length),
  coalesce: (args, env) => args.reduce((found, arg) => found || text(arg, env), ''),
  concat: (args, env) => join('', args, env),
  contains: ([whole, part], env) => text(whole, env).includes(text(part, env)),
  cos: of(Math.cos),
  count: ([nodes], env) => evaluate(nodes, env).length,
  'count-non-empty': ([nodes], env) => evaluate(nodes, env).filter((node) => node).length,
  'count-selected': ([list], env) => items(text(list, env)).length,
  current: (_, env) => [outer(env).self()],
  date: ([value], env) => iso(Math.floor(number(value, env))).slice(0, 10),
  'date-time': ([value], env) => iso(number(value, env)),
  'decimal-date-time': ([value], env) => number(value, env),
  'decimal-time': ([value], env) => decimalTime(text(value, env)),
  digest: ([value, algorithm, encoding], env) => digest(text(value, env), text(algorithm, env),
    encoding !== undefined && text(encoding, env) === 'hex'),
  'ends-with': ([whole, end], env) => text(whole, env).endsWith(text(end, env)),
  exp: of(Math.exp),
  exp10: of((exponent) => 10 ** exponent),
  false: () => false,
  floor: of(Math.floor),
  'format-date': formatDate,
  'format-date-time': formatDate,
  if: ([condition, yes, no], env) => evaluate(truth(condition, env) ? yes : no, env),
  int: of(Math.trunc),
  join: ([separator, ...args], env) => join(text(separator, env), args, env),
  'jr:choice-name': ([value, question], env) =>
    items(text(value, env)).map((choice) => env.label(question, choice)).filter((label) => label).join(', '),
  'jr:itext': ([id], env) => env.itext(text(id, env)),
  last: (_, env) => env.size ?? 1,
  'local-name': nameOf,
  log: of(Math.log),
  log10: of(Math.log10),
  max: (args, env) => extreme(Math.max, args, env),
  min: (args, env) => extreme(Math.min, args, env),
  name: nameOf,
  'normalize-space': (args, env) => items(toText(argument(args, env))).join(' '),
  not: ([value], env) => !truth(value, env),
  now,
  once: ([value], env) => env.self() || text(value, env),
  pi: () => Math.PI,
  position: ([node], env) => (node ? places(node, env)[0]?.position ?? NaN : env.position ?? 1),
  pow: of((base, exponent) => base ** exponent),
  pulldata,
  random: (_, env) => env.random(),
  number: (args, env) => toNumber(argument(args, env)),
  regex,
  round,
  selected,
  'selected-at': ([list, at], env) => items(text(list, env))[Math.trunc(number(at, env))] ?? '',
  sin: of(Math.sin),
  sqrt: of(Math.sqrt),
  'starts-with': ([whole, start], env) => text(whole, env).startsWith(text(start, env)),
  string: (args, env) => toText(argument(args, env)),
  'string-length': (args, env) => [...toText(argument(args, env))].length,
  substr: ([value, ...at], env) => {
    const letters = [...text(value, env)];
    const [from, to = letters.length] = at.map((one) => Math.trunc(number(one, env)))
      .map((one) => (one < 0 ? Math.max(0, letters.length + one) : one));
    return cut(letters, from, to);
  },
  substring: ([value, start, length], env) => {
    const from = Math.round(number(start, env));
    return cut([...text(value, env)], from - 1,
      length === undefined ? Infinity : from + Math.round(number(length, env)) - 1);
  },
  'substring-after': ([whole, part], env) => {
    const [value, mark] = [text(whole, env), text(part, env)];
    return value.includes(mark) ? value.slice(value.indexOf(mark) + mark.length) : '';
  },
  'substring-before': ([whole, part], env) => {
    const value = text(whole, env);
    return value.slice(0, Math.max(0, value.indexOf(text(part, env))));
  },
  sum: (args, env) => numbers(args, env).reduce((a, b) => a + b, 0),
  tan: of(Math.tan),
  today: (_, env) => day(env.now()),
  translate: (args, env) => {
    const [value, from, to] = args.map((arg) => [...text(arg, env)]);
    return value.map((letter) => (from.includes(letter) ? to[from.indexOf(letter)] ?? '' : letter)).join('');
  },
  true: () => true,
  uuid,
  'weighted-checklist': ([least, most, ...pairs], env) => {
    let sum = 0;
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const [value, weight] = [evaluate(pairs[at], env), evaluate(pairs[at + 1], env)];
      if (!Array.isArray(value) || !Array.isArray(weight)) sum += toBoolean(value) ? toNumber(weight) : 0;
      else value.slice(0, weight.length).forEach((node, i) => { sum += node ? toNumber(weight[i]) : 0; });
    }
    return between([least, most], env, sum);
  },
};
for (const name of Object.keys(walks)) operations[name] ??= (args, env) => texts(walks[name](args, env));
for (const name of Object.keys(comparisons)) {
  operations[name] = ([left, right], env) => compare(name, evaluate(left, env), evaluate(right, env));
}
