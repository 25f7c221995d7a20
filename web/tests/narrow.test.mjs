// The choices that fit, against judging every one.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { truth } from '../assets/expression.js';
import { fitting } from '../assets/narrow.js';

const list = {
  columns: ['name', '', 'in', 'size'],
  choices: [['a', 'A', '1', '5'], ['b', 'B', '01', '7'], ['c', 'C', '1', '9'], ['d', 'D', '', ''], ['a', 'A again', '2', '1']],
};
const env = (answers) => ({ reference: (name) => answers[name] ?? [''], self: () => '', column: () => [''] });
const col = (name) => ['col', name];
const ref = (name) => ['ref', name];

const filters = {
  'equals a text': ['=', col('in'), '1'],
  'the other way round': ['=', ref('x'), col('in')],
  'equals a number': ['=', col('in'), 1],
  'equals a boolean': ['=', col('in'), ['true']],
  'and more': ['and', ['>', col('size'), 5], ['=', col('in'), ref('x')]],
  'both sides are columns': ['=', col('in'), col('size')],
  'equals one of several': ['=', col('in'), ref('many')],
  'equals nothing at all': ['=', col('in'), ref('no')],
  'differs': ['!=', col('in'), ref('x')],
  'one or the other': ['or', ['=', col('in'), ref('x')], ['=', col('name'), 'd']],
  'all': ['true'],
};

for (const [name, filter] of Object.entries(filters)) {
  test(name, () => {
    for (const answers of [{ x: ['1'] }, { x: [''] }, { x: ['9'] }, { x: ['2'], many: ['2', '', '1'], no: [] }]) {
      const every = list.choices.filter((row) =>
        truth(filter, { ...env(answers), column: (wanted) => [row[list.columns.indexOf(wanted)]] }));
      assert.deepEqual(fitting(filter, list, env(answers)), every);
    }
  });
}

test('the same choices are the same array', () => {
  const filter = ['=', col('in'), ref('x')];
  assert.equal(fitting(filter, list, env({ x: ['1'] })), fitting(filter, list, env({ x: ['1'] })));
});
