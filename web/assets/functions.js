// The functions of expressions that few surveys call: numbers, texts, dates.
// Loaded where a survey calls one; what nearly all conditions are made of is in
// expression.js.

import { argument, days, evaluate, items, number, numberText, text, toBoolean, toNumber, toText } from './expression.js';

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

function decode(value) {
  try {
    const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}

/** What [evaluate] of expression.js finds in env.operations. */
export const operations = {
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
  concat: (args, env) => join('', args, env),
  contains: ([whole, part], env) => text(whole, env).includes(text(part, env)),
  cos: of(Math.cos),
  count: ([nodes], env) => evaluate(nodes, env).length,
  'count-non-empty': ([nodes], env) => evaluate(nodes, env).filter((node) => node).length,
  date: ([value], env) => iso(Math.floor(number(value, env))).slice(0, 10),
  'date-time': ([value], env) => iso(number(value, env)),
  'decimal-date-time': ([value], env) => number(value, env),
  'decimal-time': ([value], env) => decimalTime(text(value, env)),
  'ends-with': ([whole, end], env) => text(whole, env).endsWith(text(end, env)),
  exp: of(Math.exp),
  exp10: of((exponent) => 10 ** exponent),
  floor: of(Math.floor),
  'format-date': formatDate,
  'format-date-time': formatDate,
  int: of(Math.trunc),
  join: ([separator, ...args], env) => join(text(separator, env), args, env),
  'jr:choice-name': ([value, question], env) =>
    items(text(value, env)).map((choice) => env.label(question, choice)).filter((label) => label).join(', '),
  'jr:itext': ([id], env) => env.itext(text(id, env)),
  log: of(Math.log),
  log10: of(Math.log10),
  max: (args, env) => extreme(Math.max, args, env),
  min: (args, env) => extreme(Math.min, args, env),
  'normalize-space': (args, env) => items(toText(argument(args, env))).join(' '),
  now,
  once: ([value], env) => env.self() || text(value, env),
  pi: () => Math.PI,
  pow: of((base, exponent) => base ** exponent),
  random: (_, env) => env.random(),
  round,
  'selected-at': ([list, at], env) => items(text(list, env))[Math.trunc(number(at, env))] ?? '',
  sin: of(Math.sin),
  sqrt: of(Math.sqrt),
  'starts-with': ([whole, start], env) => text(whole, env).startsWith(text(start, env)),
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
