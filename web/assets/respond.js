// Turns the respondent's document into pages and computes on the phone what
// the server computes again afterwards: what is relevant, missing or does not
// fit. Without this script the document is an ordinary form and works as well.

import { evaluate, truth } from './expression.js';

const phone = JSON.parse(document.getElementById('phone').textContent);
const form = document.querySelector('[data-survey]');
const intro = document.querySelector('[data-intro]');
const pages = [...form.querySelectorAll('[data-page]')];
const word = (key) => phone.words[key];
const digits = (number) => String(number).replace(/\d/g, (digit) => [...phone.digits][digit]);

// ---- The survey: items by name, and who depends on whom -------------------

const items = new Map(phone.items.map((item) => [item.name, item]));
const dependents = new Map(phone.items.map((item) => [item.name, []]));

/** Calls visit with every name that a tree refers to. */
function references(tree, visit) {
  if (!Array.isArray(tree)) return;
  if (tree[0] === 'ref') visit(tree[1]);
  else tree.slice(1).forEach((part) => references(part, visit));
}

for (const item of phone.items) {
  const depend = (name) => dependents.get(name)?.push(item.name);
  [item.relevant, item.calculation, item.filter, item.count].forEach((tree) => references(tree, depend));
  item.reads?.forEach(depend); // what their paths lead to
  if (item.in) depend(item.in);
  let around = items.get(item.in);
  while (around && around.type !== 'repeat') around = items.get(around.in);
  item.repeat = around?.name; // the innermost repeat around the item
}

// ---- Scopes and cells: the document's controls as a tree -------------------

/** The top of the document, or one instance of a repeat. */
class Scope {
  constructor(node, parent, repeat) {
    Object.assign(this, { node, parent, repeat, cells: new Map() });
    this.adopt(node);
    for (const item of phone.items) { // calculations, and what a code made superfluous
      if (item.repeat === repeat && !this.cells.has(item.name)) this.cells.set(item.name, new Cell(item, null, this));
    }
  }

  adopt(node) {
    for (const child of node.children) {
      if (child.dataset.instance !== undefined) continue; // its repeat adopts it
      const item = items.get(child.dataset.name);
      if (item) this.cells.set(item.name, new Cell(item, child, this));
      this.adopt(child);
    }
  }

  prefix() {
    return this.parent ? `${this.node.dataset.instance}.` : '';
  }

  /** An instance in which nothing was said counts as none. */
  empty() {
    return [...this.cells.values()].every((cell) => cell.item.type === 'calculate' || cell.item.type === 'hidden' ||
      (!cell.values.length && !cell.problem && cell.instances.every((scope) => scope.empty())));
  }
}

/** One question, group or repeat in one scope. */
class Cell {
  constructor(item, node, scope) {
    Object.assign(this, { item, node, scope, relevant: true, values: [], problem: '', instances: [] });
    if (item.type === 'repeat' && node) {
      const first = instanceNodes(node)[0];
      this.blank = first.cloneNode(true);
      this.instances = instanceNodes(node).map((one) => new Scope(one, scope, item.name));
    }
    this.read();
  }

  get name() { return this.scope.prefix() + this.item.name; }

  get text() { return this.relevant ? this.values.join(' ') : ''; }

  controls() {
    if (!this.node || this.item.type === 'group' || this.item.type === 'repeat') return [];
    return this.node.name ? [this.node] : [...this.node.querySelectorAll('input, select, textarea')];
  }

  /** Reads the controls; tells whether the value changed. */
  read() {
    const controls = this.controls();
    if (!controls.length) return false;
    const before = this.values.join(' ');
    this.problem = '';
    if (controls[0].type === 'radio' || controls[0].type === 'checkbox') {
      this.values = controls.filter((one) => one.checked && !one.disabled).map((one) => one.value);
    } else if (controls[0].options) {
      this.values = [...controls[0].selectedOptions].map((one) => one.value).filter((value) => value);
    } else {
      const typed = controls[0].value.replace(/\r\n?/g, '\n').trim().normalize();
      [this.values, this.problem] = typed ? normalise(this.item.type, typed) : [[], ''];
    }
    return this.values.join(' ') !== before;
  }

  /** Writes values into the controls. */
  write(values) {
    for (const control of this.controls()) {
      if (control.type === 'radio' || control.type === 'checkbox') control.checked = values.includes(control.value);
      else if (control.options) for (const one of control.options) one.selected = values.includes(one.value);
      else control.value = values.join(' ');
    }
    if (this.node) this.read();
    else this.values = values;
  }

  env(choice) {
    return {
      reference: (name) => reference(this.scope, name),
      self: () => this.values.join(' '),
      column: (name) => [choice === undefined ? '' : name === 'name' ? choice
        : phone.lists?.[this.item.list]?.[choice]?.[name] ?? ''],
      now: () => new Date(),
      place: () => placeOf(this),
      find,
      instance,
      label: (question, wanted) => phone.labels?.[question]?.[wanted] ?? '',
      itext: (id) => phone.instances?.[id.slice(0, id.lastIndexOf('-'))]?.[id.slice(id.lastIndexOf('-') + 1)]?.label ?? '',
      random: Math.random,
    };
  }

  /** Computes relevance, calculation, filter and count; tells whether anything changed. */
  settle() {
    const { item } = this;
    const before = `${this.relevant} ${this.text}`;
    const around = item.in === this.scope.repeat
      ? this.scope.parent?.cells.get(item.in) : this.scope.cells.get(item.in);
    this.relevant = (!around || around.relevant) && (!item.relevant || truth(item.relevant, this.env()));
    if (this.node) this.node.hidden = !this.relevant;
    if (!this.relevant) return before !== `false `;
    if (item.calculation && (item.type === 'calculate' || item.readOnly)) {
      const result = evaluate(['string', item.calculation], this.env());
      this.write(result ? [result] : []);
    }
    if (item.filter) this.offer();
    const resized = item.count && this.resize(evaluate(['number', item.count], this.env()));
    return resized || before !== `${this.relevant} ${this.text}`;
  }

  /** Shows only the choices that the filter lets through. */
  offer() {
    const [first, ...others] = this.controls();
    if (!first) return;
    const offered = (choice) => truth(this.item.filter, this.env(choice));
    if (first.options) {
      this.options ??= [...first.options];
      first.replaceChildren(...this.options.filter((one) => !one.value || offered(one.value)));
    } else {
      for (const control of [first, ...others]) {
        control.disabled = control.parentNode.hidden = !offered(control.value);
      }
    }
    this.read();
  }

  resize(count) {
    const wanted = Math.min(200, Math.max(0, Math.trunc(count) || 0));
    const resized = this.instances.length !== wanted;
    while (this.instances.length > wanted) this.remove(this.instances.at(-1));
    while (this.instances.length < wanted) this.add();
    return resized;
  }

  add() {
    const node = this.blank.cloneNode(true);
    rename(node, `${this.node.dataset.repeat}[${this.instances.length}]`);
    const last = this.instances.at(-1)?.node;
    if (last) last.after(node);
    else this.node.querySelector(':scope > .add, :scope > :last-child')?.before(node) ?? this.node.append(node);
    this.instances.push(new Scope(node, this.scope, this.item.name));
    this.number();
    return this.instances.at(-1);
  }

  remove(instance) {
    instance.node.remove();
    this.instances.splice(this.instances.indexOf(instance), 1);
    this.number();
  }

  number() {
    this.instances.forEach(({ node }, at) => {
      rename(node, `${this.node.dataset.repeat}[${at}]`);
      node.querySelector('[data-number]').textContent = digits(at + 1);
      const remove = node.querySelector(':scope > .remove');
      if (remove) remove.hidden = this.instances.length < 2;
    });
  }

  /** Says what is wrong; whether an answer is missing only when asked. */
  judge(missing) {
    const { item } = this;
    if (!this.relevant || !this.node) return '';
    if (this.problem) return word(this.problem);
    if (!this.values.length) {
      const must = item.required || (item.requiredIf && truth(item.requiredIf, this.env()));
      const blank = this.scope.repeat && !items.get(this.scope.repeat).count && this.scope.empty();
      return missing && must && !blank ? item.requiredMessage || word('problem.required') : '';
    }
    if (item.constraint && !truth(item.constraint, this.env())) {
      return item.constraintMessage || word('problem.constraint');
    }
    return '';
  }

  /** Shows a problem at the question, or takes it away. */
  show(problem) {
    const control = this.controls()[0];
    if (!control) return;
    const id = `p-${this.name}`;
    let line = document.getElementById(id);
    if (!problem) line?.remove();
    else if (line) line.textContent = problem;
    else {
      line = Object.assign(document.createElement('p'), { id, className: 'problem', textContent: problem });
      const label = this.node.querySelector('.row-label');
      if (label) label.append(line);
      else (this.node.querySelector('.choices') ?? control.closest('label') ?? control).before(line);
    }
    const group = this.node.matches('fieldset, .row') ? this.node : control;
    const ids = [`h-${this.name}`, id].filter((one) => document.getElementById(one)).join(' ');
    if (ids) group.setAttribute('aria-describedby', ids);
    else group.removeAttribute('aria-describedby');
    const marked = this.item.type === 'select_multiple' && group !== control ? this.controls() : [group];
    marked.forEach((one) => (problem ? one.setAttribute('aria-invalid', 'true') : one.removeAttribute('aria-invalid')));
  }
}

const instanceNodes = (node) => [...node.querySelectorAll(':scope > [data-instance]')];

/** Gives an instance, and all in it that is named after it, another number. */
function rename(node, name) {
  const old = node.dataset.instance;
  if (old === name) return;
  for (const one of [node, ...node.querySelectorAll('*')]) {
    for (const { name: attribute, value } of [...one.attributes]) {
      const named = attribute !== 'value' || one.localName === 'button';
      if (named && value.includes(old)) one.setAttribute(attribute, value.replaceAll(old, name));
    }
  }
}

const ascii = (text) => text
  .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
  .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
  .replace(/٫/g, '.').replace(/[−‒–]/g, '-')
  .replace(/[\u200e\u200f\u061c\u202a-\u202c\u2066-\u2069\u00a0]/g, '');

/** Brings what was typed into the form that is compared and stored: values and problem. */
function normalise(type, typed) {
  if (type === 'integer') {
    const text = ascii(typed);
    if (!/^[+-]?\d+$/.test(text)) return [[], 'problem.not_an_integer'];
    return Math.abs(Number(text)) > 2 ** 53 ? [[], 'problem.number_too_large'] : [[String(Number(text))], ''];
  }
  if (type === 'decimal') {
    const text = ascii(typed).replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return [[], 'problem.not_a_number'];
    const number = Number(text);
    const extreme = Math.abs(number) > 1e15 || (number !== 0 && Math.abs(number) < 1e-15);
    return extreme ? [[], 'problem.number_too_large'] : [[evaluate(['string', number])], ''];
  }
  if (type === 'date') {
    const text = ascii(typed);
    return /^\d{4}-\d\d-\d\d$/.test(text) ? [[text], ''] : [[], 'problem.not_a_date'];
  }
  return [[typed], ''];
}

/** The answers to ${name} as seen from a scope, as the server sees them. */
function reference(scope, name) {
  for (let at = scope; at; at = at.parent) {
    const cell = at.cells.get(name);
    if (cell && cell.item.type !== 'repeat') return [cell.text];
  }
  const item = items.get(name);
  if (item?.type === 'repeat') return find(name, { scope }).map(() => '');
  for (let at = scope; at && item; at = at.parent) {
    for (let repeat = item.repeat; repeat; repeat = items.get(repeat).repeat) {
      if (at.cells.has(repeat)) return cellsOf(item, at).filter((cell) => cell.relevant).map((cell) => cell.text);
    }
  }
  return [''];
}

// ---- Places: what paths walk over --------------------------------------------

// Cells and scopes (instances of repeats, and the top) are kept with their
// place, so that one node is always one object.
const known = new WeakMap();

function placeOf(node) {
  if (!known.has(node)) known.set(node, node instanceof Scope ? new Inside(node) : new Single(node));
  return known.get(node);
}

/** The items directly inside a group or repeat, or at the top. */
const directly = (name) => phone.items.filter((item) => item.in === name);

function children(scope, around, name) {
  return directly(around).filter((item) => name === '*' || item.name === name).flatMap((item) => {
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
    for (let { repeat } = item; repeat; repeat = items.get(repeat).repeat) {
      if (at.cells.has(repeat)) return cellsOf(item, at).filter((one) => one.relevant).map(placeOf);
    }
  }
  return [];
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

/** All cells of an item at and below a scope. */
function cellsOf(item, scope = top) {
  const own = scope.cells.get(item.name);
  if (own) return [own];
  let repeat = item.repeat;
  while (repeat && !scope.cells.has(repeat)) repeat = items.get(repeat).repeat;
  const around = repeat && scope.cells.get(repeat);
  return around?.relevant ? around.instances.flatMap((inside) => cellsOf(item, inside)) : [];
}

const top = new Scope(form, null, undefined);

/** Computes anew what rests on the named items, or everything. */
function settle(names) {
  const due = new Set(names ? names.flatMap((name) => dependents.get(name)) : items.keys());
  for (const item of phone.items) { // in order of dependence: one pass is enough
    if (!due.has(item.name)) continue;
    const changed = cellsOf(item).map((cell) => cell.settle()).includes(true);
    if (changed) dependents.get(item.name).forEach((name) => due.add(name));
  }
  for (const span of form.querySelectorAll('[data-ref]')) span.textContent = shown(span) || '…';
}

/** What a text says in place of ${name}: a choice's label, else the answer. */
function shown(span) {
  const cell = cellAt(span.parentNode, span.dataset.ref);
  if (!cell?.relevant) return '';
  const labels = cell.controls().filter((one) => one.checked).map((one) => one.parentNode.textContent.trim());
  const chosen = [...(cell.controls()[0]?.selectedOptions ?? [])].map((one) => one.textContent.trim());
  return [...labels, ...chosen].join(word('list_separator')) || cell.text;
}

/** The cell of that name in the innermost scope around a node that has one. */
function cellAt(node, name) {
  const inside = node.closest('[data-instance]');
  if (!inside) return top.cells.get(name);
  const repeat = cellAt(inside.parentNode, inside.parentNode.dataset.name);
  const scope = repeat?.instances.find((one) => one.node === inside);
  return scope?.cells.get(name) ?? cellAt(inside.parentNode, name);
}

const cellOf = (node) => {
  const around = node.closest('[data-name]');
  return around && form.contains(around) ? cellAt(around, around.dataset.name) : undefined;
};

// ---- What stays in this window until it is sent ----------------------------

const place = `draft:${location.pathname}`;
const own = new Set(['version', 'lang', 'code']);
let current = null; // number of the page shown, null for the start
let started = 0; // when, by the phone's clock
let saving = 0;

function save() {
  clearTimeout(saving);
  saving = 0;
  const fields = [...new FormData(form)].filter(([name]) => !own.has(name));
  for (const item of phone.items) { // what was drawn by lot stays as it is
    if (item.volatile) cellsOf(item).forEach((cell) => !cell.node && cell.values.forEach((value) => fields.push([cell.name, value])));
  }
  try {
    sessionStorage.setItem(place, JSON.stringify({ version: phone.version, current, started, fields }));
  } catch { /* a private window may refuse; then nothing is kept */ }
}

function restore() {
  let draft = null;
  try { draft = JSON.parse(sessionStorage.getItem(place)); } catch { /* as above */ }
  if (draft?.version !== phone.version) return false;
  const fields = new Map();
  for (const [name, value] of draft.fields) fields.set(name, [...(fields.get(name) ?? []), value]);
  fill(top, fields);
  const institution = form.elements[':institution'];
  if (institution) institution.value = fields.get(':institution')?.[0] ?? '';
  ({ current, started } = draft);
  return true;
}

function fill(scope, fields) {
  for (const cell of scope.cells.values()) {
    if (cell.item.type === 'repeat' && cell.node) {
      const begins = (at) => [...fields.keys()].some((name) => name.startsWith(`${cell.name}[${at}].`));
      while (begins(cell.instances.length)) cell.add();
      cell.instances.forEach((inside) => fill(inside, fields));
    } else if (cell.controls().length || cell.item.volatile) cell.write(fields.get(cell.name) ?? []);
  }
}

/** Gives what has a computed default its value. */
function defaults(scope) {
  for (const cell of scope.cells.values()) {
    if (cell.item.default && !cell.values.length) {
      cell.write([evaluate(['string', cell.item.default], cell.env())].filter((text) => text));
    }
    cell.instances.forEach(defaults);
  }
}

// ---- Pages ------------------------------------------------------------------

const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};
const bar = make('progress', { ariaHidden: 'true' });
const count = make('p', {});
const progress = make('div', { className: 'progress', hidden: true }, count, bar);
const next = make('button', { type: 'button', className: 'button' });
const back = make('button', { type: 'button', className: 'button secondary', textContent: word('back') });
const failure = make('p', { className: 'failure' });
failure.setAttribute('role', 'alert');
const status = make('p', { className: 'unseen' });
status.setAttribute('role', 'status');
const steps = make('div', { className: 'actions steps' }, next, back);

const visible = (page) => !page.closest('[hidden]') &&
  [...page.querySelectorAll('.question, .note, .repeat')].some((node) => !node.closest('[hidden]'));
const following = (from, step) => {
  let at = from + step;
  while (pages[at] && !visible(pages[at])) at += step;
  return pages[at] ? at : null;
};

/** Shows a page, or the start. */
function turn(to, focus = true) {
  pages[current]?.classList.remove('shown');
  current = to;
  const page = pages[to];
  page?.classList.add('shown');
  form.classList.toggle('waiting', !page); // hidden itself would make every question look irrelevant
  progress.hidden = !page;
  intro.classList.toggle('small', Boolean(page));
  back.hidden = !page;
  failure.textContent = '';
  label();
  if (!focus) return;
  window.scrollTo(0, 0);
  (page ?? intro).querySelector('h1, h2').focus({ preventScroll: true });
}

/** Says how far one is, and what the button does next. */
function label() {
  if (current === null) {
    next.textContent = word('start');
    return;
  }
  const shownPages = pages.filter((page) => visible(page));
  const at = shownPages.indexOf(pages[current]) + 1;
  bar.max = shownPages.length;
  bar.value = at;
  count.textContent = word('page_of').replace('{Page}', digits(at)).replace('{Pages}', digits(shownPages.length));
  next.textContent = word(following(current, 1) === null ? 'send' : 'next');
}

const cellsOn = (page) => [...page.querySelectorAll('[data-name]')].map(cellOf).filter((cell) => cell?.controls().length);

/** Judges a page; the first problem gets the focus. Tells whether all is well. */
function check(at) {
  let first = null;
  for (const cell of cellsOn(pages[at])) {
    const problem = cell.judge(true);
    cell.show(problem);
    if (problem) first ??= cell;
  }
  if (!first) return true;
  if (at !== current) turn(at, false);
  point(first);
  return false;
}

function point(cell) {
  const control = cell.controls().find((one) => one.checked) ?? cell.controls().find((one) => !one.disabled);
  control?.focus({ preventScroll: true });
  cell.node.scrollIntoView({ block: 'center' });
}

function go(to) {
  turn(to);
  history.pushState({ page: to }, '');
  save();
}

function forward() {
  if (current === null) {
    started ||= Date.now();
    go(following(-1, 1));
    import('./send.js').catch(() => {}); // needed at the end; a failure shows then
    return;
  }
  if (!check(current)) return;
  const to = following(current, 1);
  if (to === null) submit();
  else go(to);
}

// ---- Sending ----------------------------------------------------------------

/** Everything that is relevant and answered, as the server wants it. */
function content() {
  const entries = new URLSearchParams();
  for (const name of own) if (form.elements[name]) entries.append(name, form.elements[name].value);
  for (const item of phone.items) {
    if (item.type === 'calculate' && !item.volatile) continue;
    for (const cell of cellsOf(item)) {
      if (item.volatile && cell.scope.repeat && cell.scope.empty()) continue; // no instance for the draw alone
      if (cell.relevant && (cell.node || item.volatile)) cell.values.forEach((value) => entries.append(cell.name, value));
    }
  }
  return entries;
}

async function submit() {
  if (next.ariaDisabled === 'true') return; // already on its way
  for (const at of pages.keys()) if (visible(pages[at]) && !check(at)) return;
  next.ariaDisabled = 'true';
  failure.textContent = '';
  status.textContent = word('sending');
  const details = { ':duration': started ? Math.max(1, Math.round((Date.now() - started) / 1000)) : '' };
  const institution = form.elements[':institution'];
  if (institution && visible(institution.closest('[data-page]'))) details[':institution'] = institution.value.trim();
  let outcome;
  try {
    const { send } = await import('./send.js');
    outcome = await send(form.action, content(), details, place);
  } catch {
    outcome = { failed: 'network' };
  }
  next.ariaDisabled = null;
  status.textContent = '';
  if (outcome.receipt) thank(outcome);
  else if (outcome.problems) refused(outcome.problems);
  else {
    failure.textContent = word(`send_failed.${outcome.failed}`);
    next.textContent = word('try_again');
  }
}

/** Shows what the server found wrong, at the questions concerned. */
function refused(problems) {
  let first = null;
  const others = [];
  for (const { name, message } of problems) {
    const cell = phone.items.flatMap((item) => cellsOf(item)).find((one) => one.name === name && one.controls().length);
    if (cell) cell.show(message);
    else others.push(message);
    first ??= cell;
  }
  failure.textContent = others.join(' ');
  if (!first) return;
  turn(pages.indexOf(first.node.closest('[data-page]')), false);
  failure.textContent = others.join(' ');
  point(first);
}

function thank({ receipt, statement }) {
  clearTimeout(saving); // nothing is kept from here on
  form.remove();
  const page = document.getElementById('thanks').content.cloneNode(true);
  page.querySelector('[data-receipt]').textContent = receipt;
  const about = page.querySelector('[data-statement]');
  if (statement) about.querySelector('[data-statement-receipt]').textContent = statement;
  else about.remove();
  const main = document.getElementById('main');
  main.replaceChildren(page);
  document.querySelector('.languages')?.remove(); // its links lead to an empty survey
  window.scrollTo(0, 0);
  main.querySelector('h1').focus({ preventScroll: true });
}

// ---- Listening --------------------------------------------------------------

function changed(node) {
  const cell = cellOf(node);
  if (cell?.read()) {
    settle([cell.item.name]);
    label();
  }
  if (cell && (document.getElementById(`p-${cell.name}`) || cell.item.type === 'select_multiple')) cell.show(cell.judge(false));
  clearTimeout(saving);
  saving = setTimeout(save, 400);
}

// What is wrong is said on leaving a question, but never between pressing and
// letting go: the button would move away under the finger.
let pressed = false;
let left = null;
addEventListener('pointerdown', () => { pressed = true; }, true);
for (const event of ['pointerup', 'pointercancel']) {
  addEventListener(event, () => { pressed = false; setTimeout(leave); }, true);
}
function leave() {
  if (pressed || !left || !left.node.isConnected) return;
  const problem = left.judge(false);
  left.show(problem);
  if (problem) status.textContent = `${word('problem_here')} ${problem}`;
  left = null;
}

form.addEventListener('input', (event) => changed(event.target));
form.addEventListener('change', (event) => changed(event.target));
form.addEventListener('focusout', ({ target, relatedTarget }) => {
  const cell = cellOf(target);
  if (!cell || cell.node.contains(relatedTarget)) return;
  left = cell;
  // After the tap that took the focus: a line that disappears under a finger
  // would move what is being tapped.
  setTimeout(leave);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (submitter?.name === ':add') {
    const instance = cellOf(submitter).add();
    defaults(instance);
    settle();
    instance.node.querySelector('input, select, textarea')?.focus();
    status.textContent = word('instance_added');
  } else if (submitter?.name === ':remove') {
    const node = submitter.closest('[data-instance]');
    const repeat = cellOf(node.parentNode);
    repeat.remove(repeat.instances.find((one) => one.node === node));
    settle();
    repeat.node.querySelector('.add')?.focus();
    status.textContent = word('instance_removed');
  }
  // Any other way of submitting is Enter in a text: it must not turn the page,
  // least of all the last one.
  if (form.isConnected) save();
});
next.addEventListener('click', forward);
back.addEventListener('click', () => go(following(current, -1)));
addEventListener('popstate', ({ state }) => {
  if (form.isConnected) turn(pages[state?.page] ? state.page : null);
});
addEventListener('pagehide', () => { if (form.isConnected && saving) save(); });

// ---- Beginning --------------------------------------------------------------

form.querySelector('[data-plain]').remove();
intro.after(progress);
form.after(failure, status, steps);
form.classList.add('paged');
const resumed = restore();
if (!resumed) defaults(top);
for (const item of phone.items) if (item.type === 'repeat') cellsOf(item).forEach((cell) => cell.node && cell.number());
settle();
history.replaceState({ page: current }, '');
turn(pages[current] && visible(pages[current]) ? current : null, resumed && current !== null);
