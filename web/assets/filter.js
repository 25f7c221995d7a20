// Shows of a question's choices only those that its filter lets through. Loaded
// where a survey has such filters; narrow.js does it with long lists.

import { truth } from './expression.js';

/** Offers what fits as the answers stand. */
export function offer(cell) {
  const [first, ...others] = cell.controls();
  if (!first) return;
  const offered = (choice) => truth(cell.item.filter, cell.env(choice));
  const list = cell.order ?? cell.proposals;
  if (list) list.offer(offered);
  else if (first.options) {
    cell.options ??= [...first.options];
    first.replaceChildren(...cell.options.filter((one) => !one.value || offered(one.value)));
  } else {
    for (const control of [first, ...others]) {
      control.disabled = control.parentNode.hidden = !offered(control.value);
    }
  }
  cell.read();
}
