// Finds in long lists the choices that a question's filter lets through. A list
// is { columns, choices }: of each choice a row with its columns, first its
// name (column "name"), then what respondents read (column "").

import { evaluate, truth } from './expression.js';

/** Whether a tree has one value for all choices of a list. */
const same = (tree) => !Array.isArray(tree) ||
  (!/^(col|path|instance|position|last|pulldata|random|randomize|uuid)$/.test(tree[0]) && tree.slice(1).every(same));

/** Finds in a filter a column that must equal something, and the rest of the filter. */
function keyOf(filter) {
  const parts = filter[0] === 'and' ? filter.slice(1) : [filter];
  for (const part of parts) {
    const [operation, ...sides] = part;
    const at = operation === '=' ? sides.findIndex((side, i) => side[0] === 'col' && same(sides[1 - i])) : -1;
    if (at >= 0) return { column: sides[at][1], value: sides[1 - at], rest: parts.filter((one) => one !== part) };
  }
  return {};
}

const keys = new WeakMap(); // by filter
const indexes = new WeakMap(); // by list: column → text → rows
const none = [];

/** The rows of a list by the text in a column. */
function index(list, column) {
  if (!indexes.has(list)) indexes.set(list, new Map());
  const columns = indexes.get(list);
  if (!columns.has(column)) {
    const rows = new Map();
    const at = list.columns.indexOf(column);
    for (const row of list.choices) {
      if (rows.has(row[at])) rows.get(row[at]).push(row);
      else rows.set(row[at], [row]);
    }
    columns.set(column, rows);
  }
  return columns.get(column);
}

/**
 * The rows of a list that a filter lets through. Where a column must equal a
 * text, only its rows are judged; the same rows are then the same array.
 */
export function fitting(filter, list, env) {
  if (!keys.has(filter)) keys.set(filter, keyOf(filter));
  const { column, value, rest } = keys.get(filter);
  let [rows, tests] = [list.choices, [filter]];
  const wanted = value === undefined ? NaN : evaluate(value, env);
  if (typeof wanted === 'string' || (Array.isArray(wanted) && wanted.length === 1)) { // all else is compared one by one
    rows = index(list, column).get(String(wanted)) ?? none;
    tests = rest;
  }
  if (!tests.length) return rows;
  let judged;
  env.column = (name) => [judged[list.columns.indexOf(name)] ?? ''];
  return rows.filter((row) => {
    judged = row;
    return tests.every((test) => truth(test, env));
  });
}

/** Offers what fits in a question's select. */
export function offer(cell, list, option) {
  const [select] = cell.controls();
  if (!select) return;
  const fit = fitting(cell.item.filter, list, cell.env());
  if (fit === cell.fit) return;
  const { value } = select;
  select.replaceChildren(select.options[0], ...fit.map(option));
  select.value = value;
  if (!select.value) select.selectedIndex = 0;
  cell.fit = fit;
  cell.read();
}

/** Makes room for a value that may not fit yet: what its filter rests on is still to be written. */
export function allow(cell, value, list, option) {
  cell.fit = null;
  const row = value && list.choices.find(([name]) => name === value);
  if (row) cell.controls()[0].append(option(row));
}
