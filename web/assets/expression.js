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
//   label(question, choice), itext(id) → what respondents read, or ''
//   random()        → number from 0 (included) to 1 (excluded)
//   operations      what functions.js, paths.js and digest.js export under that
//                   name, as far as the expression needs them: here is only what
//                   nearly all conditions are made of (internal/expression says
//                   which, see Modules)

/** Returns the value of a tree: number, string, boolean or array of strings. */
export function evaluate(tree, env) {
  if (!Array.isArray(tree)) return tree;
  const [name, ...args] = tree;
  return (operations[name] ?? env.operations[name])(args, env);
}

/** Returns the value of a tree as a boolean. */
export function truth(tree, env) {
  return toBoolean(evaluate(tree, env));
}

export const text = (tree, env) => toText(evaluate(tree, env));
export const number = (tree, env) => toNumber(evaluate(tree, env));

// Unanswered questions have a node too: only a text makes nodes true.
export const toBoolean = (value) => (Array.isArray(value) ? value.some((node) => node) : Boolean(value));

export function toText(value) {
  if (Array.isArray(value)) return value.length ? value[0] : '';
  return typeof value === 'number' ? numberText(value) : String(value);
}

// XPath writes numbers without exponent.
export function numberText(value) {
  const [digits, exponent] = String(value).split('e');
  if (!exponent) return digits;
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(digits);
  const places = Number(exponent);
  return places < 0
    ? sign + '0.' + '0'.repeat(-places - 1) + whole + fraction
    : sign + whole + fraction.padEnd(places, '0');
}

export function toNumber(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const trimmed = toText(value).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  return /^-?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : days(trimmed);
}

// Days since 1970-01-01, with the fraction of the day by the clock that wrote
// the text; its offset is not applied.
export function days(text) {
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

export const items = (list) => list.split(/[ \t\r\n]+/).filter((item) => item);

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

// A function that may be called without argument then takes ".".
export const argument = ([only], env) => (only === undefined ? [env.self()] : evaluate(only, env));

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
  coalesce: (args, env) => args.reduce((found, arg) => found || text(arg, env), ''),
  'count-selected': ([list], env) => items(text(list, env)).length,
  false: () => false,
  if: ([condition, yes, no], env) => evaluate(truth(condition, env) ? yes : no, env),
  not: ([value], env) => !truth(value, env),
  number: (args, env) => toNumber(argument(args, env)),
  regex,
  selected,
  string: (args, env) => toText(argument(args, env)),
  'string-length': (args, env) => [...toText(argument(args, env))].length,
  true: () => true,
};
for (const name of Object.keys(comparisons)) {
  operations[name] = ([left, right], env) => compare(name, evaluate(left, env), evaluate(right, env));
}
