// Runs the cases that internal/expression runs in Go, on the trees that Go
// made of them: node --test web/tests
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import test from 'node:test';

// A Date shows its time in the machine's zone. The cases' times are those of
// Berlin, with the offset that is valid there on the day.
process.env.TZ = 'Europe/Berlin';

const { evaluate, truth } = await import('../assets/expression.js');
const modules = {};
for (const name of ['digest', 'functions', 'paths']) modules[name] = (await import(`../assets/${name}.js`)).operations;
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const { cases } = JSON.parse(read('../../internal/expression/testdata/cases.json'));
const trees = JSON.parse(read('../../internal/expression/testdata/trees.json'));
const needed = JSON.parse(read('../../internal/expression/testdata/modules.json'));

/** Only what the server would have loaded for an expression. */
const operations = (expr) => Object.assign({}, ...(needed[expr] ?? []).map((name) => modules[name]));

// A case's data, [name, text] or [name, [child, child…]], as nodes.
function plant([name, inside], parent) {
  const node = { name, parent, kids: [] };
  if (typeof inside !== 'string') node.kids = inside.map((child) => plant(child, node));
  node.kids.forEach((kid, at) => {
    kid.position = node.kids.slice(0, at).filter((other) => other.name === kid.name).length + 1;
  });
  node.position = 1;
  node.text = () => (typeof inside === 'string' ? inside : '');
  node.children = (wanted) => node.kids.filter((kid) => wanted === '*' || kid.name === wanted);
  return node;
}

const below = (node, name) => node.kids.flatMap((kid) => [...(kid.name === name ? [kid] : []), ...below(kid, name)]);

function environment({ values = {}, self, columns = {}, now, data, at = [], instances = {}, labels = {}, texts = {}, random = [] }) {
  const tree = data && plant(data);
  const place = tree && at.reduce((node, child) => node.kids[child], tree);
  let drawn = 0;
  const get = (from, name) => {
    assert.ok(Object.hasOwn(from, name), `the case does not give ${name}`);
    return from[name];
  };
  return {
    reference(name) {
      return tree ? this.find(name, place).map((node) => node.text()) : get(values, name);
    },
    column: (name) => get(columns, name),
    self: () => {
      if (self === undefined && place) return place.text();
      assert.notEqual(self, undefined, 'the case does not give "."');
      return self;
    },
    place: () => place,
    find: (name, from) => {
      for (let node = from; node; node = node.parent) {
        const found = below(node, name);
        if (found.length) return found;
      }
      return assert.fail(`the case does not give ${name}`);
    },
    instance: (name) => plant(['root', get(instances, name).map((item) =>
      ['item', Object.keys(item).sort().map((column) => [column, item[column]])])]),
    label: (question, choice) => labels[question]?.[choice] ?? '',
    itext: (id) => texts[id] ?? '',
    random: () => {
      assert.ok(random.length, 'the case does not give random');
      return random[drawn++ % random.length];
    },
    now: () => {
      assert.ok(now, 'the case does not give now');
      return new Date(now);
    },
  };
}

const kindOf = (value) => (Array.isArray(value) ? 'nodes' : typeof value);

// JSON has no NaN and no infinities; negative zero is zero to XPath.
const plain = (value) =>
  (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value === 0 ? 0 : value);

test('there are cases, each with its tree', () => {
  assert.ok(cases.length >= 1162);
  for (const { expr } of cases) assert.ok(Object.hasOwn(trees, expr), expr);
});

for (const { expr, env, want, kind, why } of cases) {
  test(`${expr} (${why})`, () => {
    const surroundings = () => ({ ...environment(env), operations: operations(expr) });
    const value = evaluate(trees[expr], surroundings());
    assert.equal(kindOf(value), kind);
    assert.deepEqual(plain(value), want);
    const asBoolean = Array.isArray(value) ? value.some((node) => node !== '') : Boolean(value);
    assert.equal(truth(trees[expr], surroundings()), asBoolean);
  });
}

test('a pattern that the browser is too old for lets the answer pass', () => {
  const env = environment({ self: 'a' });
  assert.equal(evaluate(['regex', ['self'], '^(?:\\p{Script=Not_Yet_Known})$', 'u'], env), true);
});

test('the module is small enough for a first visit', () => {
  assert.ok(gzipSync(read('../assets/expression.js'), { level: 9 }).length <= 4 * 1024);
});
