// Turns the respondent's document into pages and computes on the phone what
// the server computes again afterwards: what is relevant, missing or does not
// fit. Without this script the document is an ordinary form and works as well.

import { evaluate, truth } from './expression.js';

const phone = JSON.parse(document.getElementById('phone').textContent);
try { // how this phone likes it, before anything is painted
  document.documentElement.dataset.view = localStorage.getItem('bedarfslotse:view') ?? '';
} catch { /* a private window may refuse */ }
// Inside the form, whose own properties the names of questions hide.
const form = document.querySelector('[data-survey]');
const intro = document.querySelector('[data-intro]');
// What only some surveys need; the server knows which (respondent_parts.go).
const parts = Object.fromEntries(await Promise.all((phone.parts ?? []).map(async (name) => [name, await import(`./${name}.js`)])));
const operations = Object.assign({}, ...Object.values(parts).map((part) => part.operations));
for (const button of form.querySelectorAll('button[data-plain]')) button.remove(); // what is computed here needs none
const pages = [...form.querySelectorAll('[data-page]')];
const word = (key) => phone.words[key];
/** A text inside a sentence that runs from the right keeps its own direction. */
const isolate = (text) => (document.dir === 'rtl' ? `\u2068${text}\u2069` : text);
const digits = (number) => String(number).replace(/\d/g, (digit) => [...phone.digits][digit]);

const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

/** The option of a choice: its name and what respondents read. */
const option = ([name, label]) => Object.assign(new Option(label, name), { dir: 'auto' });

/** Puts the members of a list that have one key together. */
function grouped(all, keyOf) {
  const groups = new Map();
  for (const one of all) {
    const key = keyOf(one);
    if (groups.has(key)) groups.get(key).push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

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
for (const item of phone.items) { // choices made of answers, and whether there are any
  for (let name = item.from; name; name = items.get(name).repeat) dependents.get(name).push(item.name);
}
const held = grouped(phone.items, (item) => item.repeat);
const waiting = phone.items.some((item) => item.triggers);
const places = parts.places?.nodes({ phone, items, directly: grouped(phone.items, (item) => item.in), answersTo });
const quotes = parts.quotes && new parts.quotes.Quotes(form, cellAt, word('list_separator'));

// What the parts of some surveys need of the document.
const tools = {
  word, isolate, digits, make, option, changed, fresh, answersTo, reference, cellOf, settle, reveal,
  announce: (text) => { status.textContent = text; },
  spoken: (cell) => quotes.spoken(cell),
  asked: (name) => !['group', 'repeat'].includes(items.get(name)?.type),
  begin: (instance) => {
    defaults(instance);
    settle();
    for (const cell of instance.cells.values()) if (cell.item.randomize) parts.shuffle.randomize(cell, seed);
  },
  scope: (node, cell) => new Scope(node, cell.scope, cell.item.name),
  sorted: (list, cell) => parts.shuffle.shuffled(list, cell, seed),
};

// ---- Scopes and cells: the document's controls as a tree -------------------

/** The top of the document, or one instance of a repeat. */
class Scope {
  constructor(node, parent, repeat) {
    Object.assign(this, { node, parent, repeat, cells: new Map() });
    this.adopt(node);
    for (const item of held.get(repeat) ?? []) { // calculations, and what a code made superfluous
      if (!this.cells.has(item.name)) this.cells.set(item.name, new Cell(item, null, this));
    }
  }

  adopt(node) {
    const inside = node.closest('[data-instance]');
    for (const child of node.querySelectorAll('[data-name]')) {
      if (child.closest('[data-instance]') !== inside) continue; // its repeat adopts it
      const item = items.get(child.dataset.name);
      if (item) this.cells.set(item.name, new Cell(item, child, this));
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
    Object.assign(this, { item, node, scope, relevant: true, values: [], problem: '' });
    if (item.type === 'repeat' && node) this.repeat = new parts.repeats.Repeat(this, tools);
    if (node && this.item.type !== 'group' && this.item.type !== 'repeat') this.dress();
    this.read();
  }

  /** Makes of a plain control what a script can do better. */
  dress() {
    this.mirror = this.node.querySelector(':scope > select:disabled'); // shows what a hidden control holds
    const list = this.node.querySelector(':scope > datalist');
    if (list) this.proposals = new parts.typed.Proposals(list);
    const [control] = this.controls();
    if (this.item.type === 'range' && control?.type === 'text' && !control.readOnly) this.slider = new parts.slider.Slider(this, control, tools);
    if (this.item.type === 'rank' && this.node.querySelector('.places')) {
      this.order = new parts.rank.Order(this, tools);
      this.named = null; // other controls are there now
    }
  }

  get name() { return this.scope.prefix() + this.item.name; }

  get instances() { return this.repeat?.instances ?? []; }

  get text() { return this.relevant ? this.values.join(' ') : ''; }

  controls() {
    return this.named ??= !this.node || this.item.type === 'group' || this.item.type === 'repeat' ? []
      : this.node.name ? [this.node] : [...this.node.querySelectorAll('input, select, textarea')].filter((one) => one.name);
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
      [this.values, this.problem] = !typed ? [[], ''] : parts.typed?.normalise(this.item, typed, this.proposals) ?? [[typed], ''];
    }
    this.slider?.settle(this.values);
    this.order?.settle();
    if (this.mirror) this.mirror.value = this.values[0] ?? '';
    return this.values.join(' ') !== before;
  }

  /** Writes values into the controls. */
  write(values) {
    if (this.item.narrowed) parts.narrow.allow(this, values[0], phone.offers[this.item.list], option);
    for (const control of this.controls()) {
      if (control.type === 'radio' || control.type === 'checkbox') control.checked = values.includes(control.value);
      else if (control.options) {
        if (this.item.from && values.length) control.append(option([values[0], values[0]])); // until they are gathered
        for (const one of control.options) one.selected = values.includes(one.value);
      }
      else control.value = parts.typed?.shown(this.item, values.join(' '), this.proposals) ?? values.join(' ');
    }
    if (this.controls().length) this.read();
    else this.values = values;
  }

  /** What expressions see; choice is the one that a filter judges. */
  env(choice) {
    return {
      reference: (name) => reference(this.scope, name),
      self: () => this.values.join(' '),
      column: (name) => [choice === undefined ? '' : name === 'name' ? choice
        : phone.lists?.[this.item.list]?.[choice]?.[name] ?? ''],
      now: () => new Date(),
      place: () => places.of(this),
      find: (name, from) => places.find(name, from),
      instance: (name) => places.instance(name),
      label: (question, wanted) => phone.labels?.[question]?.[wanted] ?? '',
      itext: (id) => phone.instances?.[id.slice(0, id.lastIndexOf('-'))]?.[id.slice(id.lastIndexOf('-') + 1)]?.label ?? '',
      random: Math.random,
      operations,
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
    if (item.calculation && !item.triggers && (item.type === 'calculate' || item.readOnly)) this.calculate();
    if (item.from) parts.gather.offer(this, tools);
    else if (item.narrowed) parts.narrow.offer(this, phone.offers[item.list], option);
    else if (item.filter) parts.filter.offer(this);
    const resized = item.count && this.repeat?.resize(evaluate(['number', item.count], this.env()));
    return resized || before !== `${this.relevant} ${this.text}`;
  }

  calculate() {
    const result = evaluate(['string', this.item.calculation], this.env());
    this.write(result ? [result] : []);
  }

  /** Says what is wrong; whether an answer is missing only when asked. */
  judge(missing) {
    const { item } = this;
    if (!this.relevant || !this.node) return '';
    if (this.problem) return this.sentence();
    if (!this.values.length) {
      const must = item.required || (item.requiredIf && truth(item.requiredIf, this.env()));
      const blank = this.scope.repeat && !items.get(this.scope.repeat).count && this.scope.empty();
      return missing && must && !blank ? this.say(item.requiredMessage) || word('problem.required') : '';
    }
    if (item.constraint && !truth(item.constraint, this.env())) {
      return this.say(item.constraintMessage) || word('problem.constraint');
    }
    return '';
  }

  /** A sentence of the author's. */
  say(text) { return quotes ? quotes.say(text, this.scope) : text; }

  sentence() {
    const { low, high, stepText } = this.item.range ?? {};
    return word(this.problem).replace('{low}', low).replace('{high}', high).replace('{step}', stepText)
      .replace('{choice}', isolate(this.controls()[0].value.trim()));
  }

  /** Shows a problem at the question, or takes it away. */
  show(problem) {
    const control = this.order?.use ?? this.controls()[0];
    if (!control) return;
    const id = `p-${this.name}`;
    let line = document.getElementById(id);
    if (!problem && !line) return; // nothing was wrong, and nothing is
    if (!problem) line.remove();
    else if (line) line.textContent = problem;
    else {
      line = Object.assign(document.createElement('p'), { id, className: 'problem', textContent: problem });
      const label = this.node.querySelector('.row-label');
      if (label) label.append(line);
      else (this.node.querySelector('.choices, .places') ?? control.closest('label') ?? control).before(line);
    }
    const group = this.node.matches('fieldset, .row') ? this.node : control;
    const ids = [...['h', 'r', 'f'].map((kind) => `${kind}-${this.name}`), id].filter((one) => document.getElementById(one)).join(' ');
    if (ids) group.setAttribute('aria-describedby', ids);
    else group.removeAttribute('aria-describedby');
    if (this.order) return; // neither a group nor a button can be invalid
    const marked = this.item.type === 'select_multiple' && group !== control ? this.controls() : [group];
    marked.forEach((one) => (problem ? one.setAttribute('aria-invalid', 'true') : one.removeAttribute('aria-invalid')));
  }
}

/** The answers to ${name} as seen from a scope, as the server sees them. */
function reference(scope, name) {
  for (let at = scope; at; at = at.parent) {
    const cell = at.cells.get(name);
    if (cell) return cell.item.type !== 'repeat' ? [cell.text] : cell.relevant ? cell.instances.map(() => '') : [];
  }
  return items.get(name)?.repeat ? answersTo(name, scope).map((cell) => cell.text) : [''];
}

/** The cells that hold answers to a question in a repeat, as seen from a scope, whichever instance that is. */
function answersTo(name, scope) {
  const item = items.get(name);
  for (let { repeat } = item; repeat; repeat = items.get(repeat).repeat) {
    for (let at = scope; at; at = at.parent) {
      if (at.cells.has(repeat)) return cellsOf(item, at).filter((cell) => cell.relevant);
    }
  }
  return [];
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

/** Computes anew what waits for one of the named items. */
function fire(scope, names, written) {
  for (const cell of scope.cells.values()) {
    if (cell.relevant && cell.item.triggers?.some((name) => names.has(name))) {
      const before = cell.text;
      cell.calculate();
      if (cell.text !== before) written.add(cell.item.name);
    }
    cell.instances.forEach((inside) => fire(inside, names, written));
  }
}

// Whether somebody answered before this script stood. No browser fills in what
// was there earlier: autocomplete is off.
const early = [...form.querySelectorAll('input, select, textarea')].some((one) => (one.options
  ? one.value !== ([...one.options].find((option) => option.defaultSelected) ?? one.options[0])?.value
  : one.checked !== one.defaultChecked || one.value !== one.defaultValue));
document.querySelectorAll('[data-plain]').forEach((node) => node.remove()); // for who has no script
const top = new Scope(form, null, undefined);

/** Computes anew what rests on the named items, or everything. */
function settle(names, depth = 0) {
  const news = new Set(names);
  const due = new Set(names ? names.flatMap((name) => dependents.get(name)) : items.keys());
  for (const item of phone.items) { // in order of dependence: one pass is enough
    if (!due.has(item.name)) continue;
    const changed = cellsOf(item).map((cell) => cell.settle()).includes(true);
    if (!changed) continue;
    dependents.get(item.name).forEach((name) => due.add(name));
    news.add(item.name);
  }
  const written = new Set();
  if (waiting && names && depth < 10) fire(top, news, written); // at the beginning nothing has changed
  if (written.size) settle([...written], depth + 1);
  quotes?.settle();
}

/** The cell of that name in the innermost scope around a node that has one. */
function cellAt(node, name) {
  const inside = node.closest('[data-instance]');
  if (!inside) return top.cells.get(name);
  const repeat = cellAt(inside.parentNode, inside.parentNode.dataset.name);
  const scope = repeat?.instances.find((one) => one.node === inside);
  return scope?.cells.get(name) ?? cellAt(inside.parentNode, name);
}

function cellOf(node) {
  const around = node.closest('[data-name]');
  return around && form.contains(around) ? cellAt(around, around.dataset.name) : undefined;
}

// ---- What stays on this phone until it is sent ------------------------------

const own = new Set(['version', 'lang', 'code', ':homepage']);
const named = (name) => document.getElementsByName(name)[0];
let current = null; // number of the page shown, null for the start
let started = 0; // when, by the phone's clock
let touched = early; // whether anything was done in this document
let saving = 0;
let seed = Math.floor(Math.random() * 2147483646) + 1; // what the order of choices rests on
let stay = null; // what keeps the answers, as soon as it is loaded
let answers = null; // likewise, what reads and writes all of them
const survey = { items: phone.items, form, own, named, cellsOf, top };

/** All that was answered and where one is, as [`take`] takes it up again. */
function draft() {
  return { current, started, seed, fields: answers.fields(survey) };
}

function save() {
  clearTimeout(saving);
  saving = 0;
  return stay?.save();
}

/** Takes up a draft: of this version, or what fits of another. */
function take(kept) {
  answers.fill(survey, kept.fields);
  ({ started } = kept);
  seed = kept.seed ?? seed;
  touched = true;
  arrange();
  show(kept.current ?? null);
}

/** Shows the page where somebody was, if it is still there. */
function show(at) {
  const there = pages[at] && visible(pages[at]) ? at : null;
  turn(there, there !== null);
  history.replaceState({ page: current }, '');
}

/** Computes everything, and puts what has an order of its own into it. */
function arrange() {
  for (const item of phone.items) if (item.type === 'repeat') cellsOf(item).forEach((cell) => cell.repeat?.number());
  settle();
  for (const item of phone.items) if (item.randomize) cellsOf(item).forEach((cell) => parts.shuffle.randomize(cell, seed));
}

/** Gives what has a computed default its value. */
function defaults(scope) {
  for (const cell of scope.cells.values()) {
    if (cell.item.default) { // also where the document brings one: it may be older than today
      const value = evaluate(['string', cell.item.default], cell.env());
      cell.write(cell.item.type === 'select_multiple' ? value.split(/\s+/) : [value].filter((text) => text));
    }
    cell.instances.forEach(defaults);
  }
}

// ---- Pages ------------------------------------------------------------------

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

let asking = new Map(); // what stands on each page, until entries come or go
function visible(page) {
  if (page.closest('[hidden]')) return false;
  if (!asking.has(page)) asking.set(page, [...page.querySelectorAll('.question, .note, .repeat')]);
  return asking.get(page).some((node) => !node.closest('[hidden]'));
}

/** Forgets what entries in the document brought along, since others are there. */
function fresh() {
  quotes?.forget();
  asking = new Map();
}

const following = (from, step) => {
  let at = from + step;
  while (pages[at] && !visible(pages[at])) at += step;
  return pages[at] ? at : null;
};

let cut = (page) => [page]; // what of a page is shown at a time, its stops: view.js cuts finer
const idle = globalThis.requestIdleCallback ?? setTimeout; // Safari lacks it
let stop; // what of the page is shown, undefined at the start

/** The page and the stop that a step forward (1) or back (-1) leads to; null at the end. */
function beside(step) {
  const stops = pages[current] ? cut(pages[current]) : [];
  const on = stops[stops.indexOf(stop) + step];
  if (on) return [current, on];
  const to = following(current ?? -1, step);
  return to === null ? null : [to, cut(pages[to]).at(step < 0 ? -1 : 0)];
}

/** What says what a page or stop is about, able to take the focus. */
function title(node) {
  const found = node.querySelector('h1, h2, legend, .row-label, label') ?? node;
  found.tabIndex = -1;
  return found;
}

/** Shows a page and on it a stop, at first its first; or the start. */
function turn(to, focus = true, on = undefined) {
  pages[current]?.classList.add('ready'); // to take apart what was laid out takes time, too
  pages[current]?.classList.remove('shown');
  stop?.classList.remove('current');
  current = to;
  const page = pages[to];
  const stops = page ? cut(page) : [];
  stop = stops.includes(on) ? on : stops[0];
  page?.classList.add('shown');
  if (stop !== page) stop.classList.add('current'); // on a whole page it would have all styles computed anew
  form.dispatchEvent(new Event('turn'));
  form.classList.toggle('waiting', !page); // hidden itself would make every question look irrelevant
  progress.hidden = !page;
  intro.classList.toggle('small', Boolean(page));
  back.hidden = !page;
  failure.textContent = '';
  label();
  idle(prepare);
  if (!focus) return;
  window.scrollTo(0, 0);
  title(stop ?? intro).focus({ preventScroll: true });
}

/** Has the page that comes next laid out, so that a slow phone shows it at once, as the one before still is. */
function prepare() {
  const next = pages[following(current ?? -1, 1)];
  const before = pages[following(current ?? 0, -1)];
  for (const page of pages) page.classList.toggle('ready', page === next || page === before);
  form.classList.toggle('ready', current === null);
  next?.firstElementChild.getBoundingClientRect(); // now, since nothing else asks for what is not seen
}

/** Brings something on the shown page in sight. */
function reveal(node) {
  const on = cut(pages[current]).find((one) => one.contains(node));
  if (!on || on === stop) return;
  const said = failure.textContent;
  turn(current, false, on);
  failure.textContent = said;
}

/** Cuts pages another way. */
function recut(how = (page) => [page]) {
  cut = how;
  turn(current, false, stop);
}

/** Puts a text where another stood; the same text would be laid out again. */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Says how far one is, and what the button does next. */
function label() {
  if (current === null) {
    put(next, word('start'));
    return;
  }
  const stops = pages.filter((page) => visible(page)).flatMap((page) => cut(page));
  const at = Math.max(1, stops.indexOf(stop) + 1);
  if (bar.max !== stops.length) bar.max = stops.length;
  if (bar.value !== at) bar.value = at;
  put(count, word('page_of').replace('{Page}', digits(at)).replace('{Pages}', digits(stops.length)));
  put(next, word(beside(1) ? 'next' : 'send'));
}

const cellsOn = (node) => [node, ...node.querySelectorAll('[data-name]')].map(cellOf).filter((cell) => cell?.controls().length);

/** Judges a page, or a stop on it; the first problem gets the focus. Tells whether all is well. */
function check(at, on = pages[at]) {
  let first = null;
  left = null; // judged here with all others, and more strictly
  for (const cell of cellsOn(on)) {
    const problem = cell.judge(true);
    cell.show(problem);
    if (problem && !first) status.textContent = `${word('problem_here')} ${problem}`;
    if (problem) first ??= cell;
  }
  if (!first) return true;
  if (at !== current) turn(at, false);
  point(first);
  return false;
}

function point(cell) {
  reveal(cell.node);
  const control = cell.order?.use ?? cell.controls().find((one) => one.checked) ?? cell.controls().find((one) => !one.disabled);
  control?.focus({ preventScroll: true });
  cell.node.scrollIntoView({ block: 'center' });
}

function go(to, on) {
  turn(to, true, on);
  const where = { page: to, stop: pages[to] && cut(pages[to]).indexOf(stop) };
  history[phone.kiosk ? 'replaceState' : 'pushState'](where, ''); // on a shared screen there is no way back
  clearTimeout(saving);
  saving = setTimeout(save); // the page is shown first
}

function forward() {
  if (current === null) {
    started ||= Date.now();
    go(following(-1, 1));
    return;
  }
  if (!check(current, stop)) return;
  const to = beside(1);
  if (to) go(...to);
  else submit();
}

// ---- Sending ----------------------------------------------------------------

async function submit() {
  if (next.ariaDisabled === 'true') return; // already on its way
  for (const at of pages.keys()) if (visible(pages[at]) && !check(at)) return;
  next.ariaDisabled = 'true';
  failure.textContent = '';
  status.textContent = word('sending');
  const details = { ':duration': started ? Math.max(1, Math.round((Date.now() - started) / 1000)) : '' };
  const institution = named(':institution');
  if (institution && visible(institution.closest('[data-page]'))) details[':institution'] = institution.value.trim();
  if (named(':homepage')?.value) details[':homepage'] = named(':homepage').value; // whoever fills that in is told
  if (saving) save();
  const outcome = await stay?.finish(answers.content(survey), details) ?? { failed: 'network' };
  next.ariaDisabled = null;
  status.textContent = '';
  if (outcome.problems) refused(outcome.problems);
  else if (outcome.failed) {
    failure.textContent = word(`send_failed.${outcome.failed}`);
    next.textContent = word('try_again');
  } else stay.thank(outcome);
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

// ---- Listening --------------------------------------------------------------

function changed(node) {
  touched = true;
  const cell = cellOf(node);
  if (cell?.read()) {
    settle([cell.item.name]);
    label();
    idle(prepare); // what is asked next may be something else now
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
document.addEventListener('submit', (event) => {
  event.preventDefault();
  parts.repeats?.press(event.submitter, tools);
  // Any other way of submitting is Enter in a text: it must not turn the page,
  // least of all the last one.
  touched = true;
  if (form.isConnected) save();
});
next.addEventListener('click', forward);
back.addEventListener('click', () => go(...beside(-1) ?? [null]));
addEventListener('popstate', ({ state }) => {
  const page = pages[state?.page];
  if (form.isConnected) turn(page ? state.page : null, true, page && cut(page)[state.stop]);
});
const keepLastly = () => { if (form.isConnected) stay?.lastly(saving); };
addEventListener('pagehide', keepLastly);
document.addEventListener('visibilitychange', () => { if (document.hidden) keepLastly(); }); // phones end what is put aside without a word
document.addEventListener('click', async (event) => {
  const link = event.target.closest('.languages a, .plainer a');
  if (!link || !saving || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); // the other language finds what was typed a moment ago
  await save();
  location.href = link.href;
});

// What nobody waits for: large type, one question at a time, reading aloud.
const choices = () => import('./view.js').then(({ begin }) => begin({ form, recut })).catch(() => {});
if (document.documentElement.dataset.view || document.readyState === 'complete') choices();
else addEventListener('load', choices);

// ---- Beginning --------------------------------------------------------------

const line = make('p', { className: 'hint kept' });
const panel = make('div', { className: 'cards' });
intro.append(panel);
intro.after(progress);
form.after(failure, status, steps, line);
form.classList.add('paged');
defaults(top);
arrange();
show(null);

/** Loads what keeps the answers; where the network fails just then, it tries again. */
async function keepAnswers(attempt = 0) {
  const again = attempt ? `?${attempt}` : ''; // a browser would remember the failure
  try {
    const [loaded, { begin }] = await Promise.all([answers ?? import(`./answers.js${again}`), import(`./${phone.trial ? 'trial' : 'stay'}.js${again}`)]);
    answers = loaded;
    stay = await begin({ phone, form, panel, line, steps, word, draft, take, begun: () => touched || current !== null,
      announce: (text) => { status.textContent = text; },
      freeze: (frozen) => { form.inert = frozen; steps.hidden = frozen; } });
    if (touched) save();
  } catch {
    line.textContent = word('send_failed.network');
    setTimeout(keepAnswers, 10_000, attempt + 1);
  }
}
keepAnswers();
if (phone.kiosk) {
  Promise.all([import('./answers.js'), import('./kiosk.js')]).then(([loaded, { begin }]) => {
    answers = loaded;
    begin({ phone, form, draft, take });
  });
}
