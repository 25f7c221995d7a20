// Choices that are made of the answers to another question. Loaded where a
// survey has such.

import { truth } from './expression.js';

/** What the filter sees of an answer: first what stands beside it, in the instance of its repeat. */
function seenFrom(cell, beside, tools) {
  const hosts = (name, at = beside) => at && (at.cells.has(name) || hosts(name, at.parent));
  const near = (name) => hosts(name) && tools.asked(name);
  const env = cell.env();
  return { ...env,
    reference: (name) => tools.reference(near(name) ? beside : cell.scope, name),
    find: (name, from) => env.find(name, near(name) ? { scope: beside } : from) };
}

/**
 * Offers the answers to another question, each once. Of its tools it needs
 * answersTo(name, scope), asked(name), which tells whether that is a question,
 * reference(scope, name), spoken(cell), option(names) and sorted(list, cell).
 */
export function offer(cell, tools) {
  const list = cell.mirror ?? cell.controls()[0];
  if (!list) return;
  const { from, filter, randomize } = cell.item;
  const offered = new Map();
  for (const answer of tools.answersTo(from, cell.scope)) {
    if (answer.text && !offered.has(answer.text) && (!filter || truth(filter, seenFrom(cell, answer.scope, tools)))) {
      offered.set(answer.text, tools.spoken(answer));
    }
  }
  const sorted = randomize ? tools.sorted([...offered], cell) : [...offered];
  const [chosen] = cell.values;
  list.replaceChildren(list.options[0], ...sorted.map(tools.option));
  list.value = offered.has(chosen) ? chosen : '';
  cell.read();
}
