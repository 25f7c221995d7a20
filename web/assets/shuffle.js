// Choices in an order of one's own. Loaded where a survey wants that. seed is
// this respondent's number, which gives each question an order of its own.

import { evaluate } from './expression.js';

/** Numbers from 0 up to 1: the generator of Park and Miller that XForms asks for. */
function* chances(start) {
  let state = Math.trunc(start) % 2147483647;
  if (state <= 0) state += 2147483646;
  for (;;) {
    state = (state * 48271) % 2147483647;
    yield (state - 1) / 2147483646;
  }
}

/** Shuffles in place by Fisher and Yates. */
function shuffle(list, chance) {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(chance.next().value * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
  return list;
}

/** A number from a text, so that each question has an order of its own. */
const mix = (text) => [...text].reduce((sum, one) => (sum * 31 + one.codePointAt(0)) % 2147483647, 7);

/** A list in this respondent's order for a question. */
export function shuffled(list, cell, seed) {
  const given = cell.item.seed && evaluate(['number', cell.item.seed], cell.env());
  return shuffle([...list], chances(Number.isFinite(given) ? given : seed + mix(cell.item.name)));
}

/** Puts the choices of a question in this respondent's order; "don't know" stays last. */
export function randomize(cell, seed) {
  if (!cell.node || cell.item.from) return;
  const first = cell.controls()[0];
  cell.sorted ??= cell.order ? [...cell.order.list.children] : cell.proposals?.all ?? (first?.options
    ? [...first.options].filter((one) => one.value) : [...cell.node.querySelectorAll('.choice')]);
  const nodes = cell.sorted; // as the author has them
  if (!nodes.length || (cell.order && cell.values.length)) return;
  const apart = nodes.filter((one) => 'apart' in one.dataset);
  nodes[0].parentNode.append(...shuffled(nodes.filter((one) => !apart.includes(one)), cell, seed), ...apart);
  cell.options &&= [...first.options];
  cell.order?.settle();
}
