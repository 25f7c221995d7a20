// All answers of a document at once: as a draft keeps them, and as the server
// wants them. Loaded when the document stands: nobody waits for it to begin.
//
// What it needs of the survey: items, form, own (the names of the form's fields
// that are no answers), named(name), which returns such a field, cellsOf(item)
// and the scope at the top.

/** Whether the server keeps what the phone computed: it would compute another value. */
const lasting = (item) => item.volatile || item.triggers;

/** Names and values, as [fill] takes them up again. */
export function fields({ items, form, own, cellsOf }) {
  const proposed = new Map(); // by name, so that another language finds them
  const computed = []; // what was drawn by lot, or when a trigger changed, stays as it is
  for (const cell of items.filter((item) => lasting(item) || item.type === 'select_one').flatMap((item) => cellsOf(item))) {
    if (cell.proposals && cell.values.length) proposed.set(cell.name, cell.values[0]);
    if (lasting(cell.item) && !cell.controls().length) cell.values.forEach((value) => computed.push([cell.name, value]));
  }
  return [...new FormData(form.parentNode)].filter(([name]) => !own.has(name))
    .map(([name, value]) => [name, proposed.get(name) ?? value]).concat(computed);
}

/** Writes what [fields] returned into the document. */
export function fill({ top, named }, kept) {
  const values = new Map();
  for (const [name, value] of kept) values.set(name, [...(values.get(name) ?? []), value]);
  fillScope(top, values);
  const institution = named(':institution');
  if (institution) institution.value = values.get(':institution')?.[0] ?? '';
}

function fillScope(scope, values) {
  for (const cell of scope.cells.values()) {
    if (cell.repeat) {
      const begins = (at) => [...values.keys()].some((name) => name.startsWith(`${cell.name}[${at}].`));
      while (begins(cell.instances.length)) cell.repeat.add();
      cell.instances.forEach((inside) => fillScope(inside, values));
    } else if (cell.controls().length || lasting(cell.item)) cell.write(values.get(cell.name) ?? []);
  }
}

/** Everything that is relevant and answered, as the server wants it. */
export function content({ items, own, named, cellsOf }) {
  const entries = new URLSearchParams();
  for (const name of own) if (named(name)) entries.append(name, named(name).value);
  for (const item of items) {
    if (item.type === 'calculate' && !lasting(item)) continue;
    for (const cell of cellsOf(item)) {
      if (lasting(item) && !cell.controls().length && cell.scope.repeat && cell.scope.empty()) continue; // no instance for that alone
      if (cell.relevant && (cell.node || lasting(item))) cell.values.forEach((value) => entries.append(cell.name, value));
    }
  }
  return entries;
}
