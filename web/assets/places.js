// The survey as nodes, which paths of expressions walk over; paths.js says what a
// node is. Loaded where an expression has paths.

/**
 * Makes the nodes of a document. It needs phone (its data), items by name, directly
 * (the items directly inside a group or repeat, by its name; undefined for the
 * top) and answersTo(name, scope). Returns of(cell), find(name, from) and
 * instance(name) as expressions want them.
 */
export function nodes({ phone, items, directly, answersTo }) {
  // Cells and scopes (instances of repeats, and the top) are kept with their
  // place, so that one node is always one object.
  const known = new WeakMap();

  function placeOf(node) {
    if (!known.has(node)) known.set(node, node.cells ? new Inside(node) : new Single(node));
    return known.get(node);
  }

  function children(scope, around, name) {
    return (directly.get(around) ?? []).filter((item) => name === '*' || item.name === name).flatMap((item) => {
      const cell = scope.cells.get(item.name);
      if (!cell?.relevant || item.type === 'note') return [];
      return item.type === 'repeat' ? cell.instances.map(placeOf) : [placeOf(cell)];
    });
  }

  /** An instance of a repeat, or the root. */
  class Inside {
    constructor(scope) { this.scope = scope; }
    get name() { return this.scope.repeat ?? 'data'; }
    get position() { return this.scope.repeat ? this.scope.parent.cells.get(this.name).instances.indexOf(this.scope) + 1 : 1; }
    get parent() {
      return this.scope.repeat && around(items.get(this.scope.repeat), this.scope.parent);
    }
    text() { return ''; }
    children(name) { return children(this.scope, this.scope.repeat, name); }
  }

  /** A question or group. */
  class Single {
    position = 1;
    constructor(cell) { this.cell = cell; }
    get name() { return this.cell.item.name; }
    get scope() { return this.cell.scope; }
    get parent() { return around(this.cell.item, this.scope); }
    text() { return this.cell.text; }
    children(name) { return this.cell.item.type === 'group' ? children(this.scope, this.name, name) : []; }
  }

  const around = (item, scope) => placeOf(item.in === scope.repeat ? scope : scope.cells.get(item.in));

  /** The places that ${name} means as seen from a place. */
  function find(name, { scope }) {
    const item = items.get(name);
    for (let at = scope; at && item; at = at.parent) {
      const cell = at.cells.get(name);
      if (cell?.relevant) return item.type === 'repeat' ? cell.instances.map(placeOf) : [placeOf(cell)];
      if (cell) return [];
    }
    return item ? answersTo(name, scope).map(placeOf) : [];
  }

  /** A choice list as a tree. */
  function instance(name) {
    if (!phone.instances?.[name] || known.has(phone.instances[name])) return known.get(phone.instances?.[name] ?? phone);
    const inside = (all) => (wanted) => all.filter((one) => wanted === '*' || one.name === wanted);
    const list = { name: 'root', position: 1, text: () => '' };
    list.children = inside(phone.instances[name].map((columns, at) => {
      const item = { name: 'item', position: at + 1, parent: list, text: () => '' };
      item.children = inside(Object.entries({ ...columns, itextId: `${name}-${at}` })
        .map(([column, text]) => ({ name: column, position: 1, parent: item, text: () => text, children: () => [] })));
      return item;
    }));
    known.set(phone.instances[name], list);
    return list;
  }

  return { of: placeOf, find, instance };
}
