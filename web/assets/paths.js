// Paths of expressions, and the functions that walk like them, loaded where a
// survey has any: what expression.js evaluates in one node after the other.
//
// What they need of env besides what expression.js needs:
//   place()         → the node at which the expression stands
//   find(name, from) → nodes that ${name} means as seen from a node
//   instance(name)  → the root of a choice list, or undefined
//
// A node of a survey or list has name, position (from 1 among its like), parent
// (undefined at the root), text() and children(name), where '*' is any name.
// The same node must always be the same object.

import { evaluate, number, text, toBoolean, toText } from './expression.js';

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
function shuffle(all, random) {
  const out = [];
  all.forEach((one, i) => {
    const j = Math.floor(random() * (i + 1));
    out[i] = out[j];
    out[j] = one;
  });
  return out;
}

/** What [evaluate] of expression.js finds in env.operations. */
export const operations = {
  current: (_, env) => [outer(env).self()],
  last: (_, env) => env.size ?? 1,
  'local-name': nameOf,
  name: nameOf,
  position: ([node], env) => (node ? places(node, env)[0]?.position ?? NaN : env.position ?? 1),
  pulldata,
};
for (const name of Object.keys(walks)) operations[name] ??= (args, env) => texts(walks[name](args, env));
