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
for (const button of form.querySelectorAll('button[data-plain]')) button.remove(); // what is computed here needs none
const pages = [...form.querySelectorAll('[data-page]')];
const narrow = phone.offers && await import('./narrow.js'); // only where a survey has such lists
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

const fold = (text) => text.trim().split(/\s+/).join(' ').toLowerCase();

// ---- The survey: items by name, and who depends on whom -------------------

const items = new Map(phone.items.map((item) => [item.name, item]));
const insideOf = grouped(phone.items, (item) => item.in);
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
    Object.assign(this, { item, node, scope, relevant: true, values: [], problem: '', instances: [] });
    if (item.type === 'repeat' && node) {
      const first = instanceNodes(node)[0];
      this.blank = first.cloneNode(true);
      this.instances = instanceNodes(node).map((one) => new Scope(one, scope, item.name));
    }
    if (node && this.item.type !== 'group' && this.item.type !== 'repeat') this.dress();
    this.read();
  }

  /** Makes of a plain control what a script can do better. */
  dress() {
    this.mirror = this.node.querySelector(':scope > select:disabled'); // shows what a hidden control holds
    const list = this.node.querySelector(':scope > datalist');
    if (list) {
      this.proposals = [...list.options];
      this.choices = new Map(this.proposals.map((one) => [fold(one.value), one.dataset.choice]));
    }
    if (this.item.type === 'range' && this.controls()[0]?.type === 'text' && !this.controls()[0].readOnly) this.slide();
    if (this.item.type === 'rank' && this.node.querySelector('.places')) this.arrange();
  }

  /** A slider beside the number, which shows what it stands at. */
  slide() {
    const { start, step, decimals, low, high, placeholder } = this.item.range;
    const [typed] = this.controls();
    this.slider = make('input', { type: 'range', className: 'slider unset', min: low, max: high, step: step / 10 ** decimals });
    if (placeholder) this.slider.value = placeholder;
    this.slider.setAttribute('aria-label', this.node.querySelector('.label').textContent);
    if ((start / 10 ** decimals) !== Number(low)) this.slider.style.direction = document.dir === 'rtl' ? 'ltr' : 'rtl';
    this.slider.addEventListener('input', () => {
      typed.value = digits(Number(this.slider.value)); // before the form hears of it
    });
    typed.after(this.slider);
    const marks = this.node.querySelector('.marks');
    if (!marks) return;
    for (const mark of marks.children) mark.style.insetInlineStart = `${mark.dataset.at}%`;
    marks.hidden = false;
    this.slider.after(marks);
  }

  /** A list to move up and down, instead of a number for each choice. */
  arrange() {
    const plain = this.node.querySelector('.places');
    const selects = [...plain.querySelectorAll('select')];
    const [{ id, name }] = selects;
    const placed = selects.filter((one) => one.value).sort((a, b) => parseInt(a.value, 10) - parseInt(b.value, 10));
    this.order = make('ol', { className: 'order' });
    this.order.setAttribute('aria-labelledby', `l-${this.name}`);
    for (const select of selects) {
      const label = select.parentNode.querySelector('span');
      const row = make('li', {}, label);
      row.dataset.choice = select.dataset.choice;
      if ('apart' in select.dataset) row.dataset.apart = '';
      for (const [way, sign, by] of [['up', '↑', -1], ['down', '↓', 1]]) {
        const button = make('button', { type: 'button', textContent: sign });
        button.setAttribute('aria-label', word(`rank.${way}`).replace('{Choice}', isolate(label.textContent)));
        button.addEventListener('click', () => this.move(row, by));
        row.append(button);
      }
      this.order.append(row);
    }
    this.answer = make('input', { type: 'hidden', name });
    if (placed.length === selects.length) this.answer.value = placed.map((one) => one.dataset.choice).join(' ');
    this.use = make('button', { type: 'button', className: 'button secondary', id });
    this.use.addEventListener('click', () => {
      this.answer.value = this.values.length ? '' : this.standing().join(' ');
      changed(this.answer);
    });
    plain.replaceChildren(make('p', { className: 'hint', textContent: word('rank.hint_phone') }), this.order, this.use, this.answer);
    this.named = null;
  }

  rows() { return [...this.order.children].filter((row) => !row.hidden); }

  standing() { return this.rows().map((row) => row.dataset.choice); }

  /** Moves a choice up or down; whoever moves one has answered. */
  move(row, by) {
    const rows = this.rows();
    const to = rows[rows.indexOf(row) + by];
    if (!to) return;
    const focused = document.activeElement;
    if (by < 0) to.before(row);
    else to.after(row);
    this.answer.value = this.standing().join(' ');
    changed(this.answer);
    focused.focus();
    status.textContent = word('rank.moved').replace('{Choice}', isolate(row.querySelector('span').textContent))
      .replace('{Place}', digits(this.rows().indexOf(row) + 1));
  }

  /** Puts the rows in the order that was answered, and says so on the buttons. */
  settleOrder() {
    const rows = new Map([...this.order.children].map((row) => [row.dataset.choice, row]));
    for (const choice of this.values.join(' ').split(' ')) if (rows.has(choice)) this.order.append(rows.get(choice));
    this.order.classList.toggle('set', this.values.length > 0);
    this.use.textContent = word(this.values.length ? 'rank.clear' : 'rank.use');
    const shown = this.rows();
    for (const row of this.order.children) {
      const [up, down] = row.querySelectorAll('button');
      up.ariaDisabled = String(row === shown[0]);
      down.ariaDisabled = String(row === shown.at(-1));
    }
  }

  get name() { return this.scope.prefix() + this.item.name; }

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
      [this.values, this.problem] = typed ? normalise(this.item, typed, this.choices) : [[], ''];
    }
    if (this.slider) {
      this.slider.classList.toggle('unset', !this.values.length);
      this.slider.setAttribute('aria-valuetext', this.values.length ? controls[0].value : word('no_answer'));
      if (this.values.length) [this.slider.value] = this.values;
    }
    if (this.order) this.settleOrder();
    if (this.mirror) this.mirror.value = this.values[0] ?? '';
    return this.values.join(' ') !== before;
  }

  /** Writes values into the controls. */
  write(values) {
    if (this.item.narrowed) this.allow(values);
    for (const control of this.controls()) {
      if (control.type === 'radio' || control.type === 'checkbox') control.checked = values.includes(control.value);
      else if (control.options) {
        if (this.item.from && values.length) control.append(option([values[0], values[0]])); // until they are gathered
        for (const one of control.options) one.selected = values.includes(one.value);
      }
      else control.value = this.typed(values);
    }
    if (this.controls().length) this.read();
    else this.values = values;
  }

  /** What a text control shows of values. */
  typed(values) {
    const value = values.join(' ');
    if (this.choices) return this.proposals.find((one) => one.dataset.choice === value)?.value ?? value;
    if (!/^\d{4}-\d\d-\d\d$/.test(value) || !this.item.precision) return value;
    return value.slice(0, this.item.precision === 'year' ? 4 : 7);
  }

  /** What expressions see; in a filter of answers, first what stands beside the answer. */
  env(choice, beside) {
    const hosts = (name, at = beside) => at && (at.cells.has(name) || hosts(name, at.parent));
    const at = (name) => (hosts(name) && !['group', 'repeat'].includes(items.get(name)?.type) ? beside : undefined);
    return {
      reference: (name) => reference(at(name) ?? this.scope, name),
      self: () => this.values.join(' '),
      column: (name) => [choice === undefined ? '' : name === 'name' ? choice
        : phone.lists?.[this.item.list]?.[choice]?.[name] ?? ''],
      now: () => new Date(),
      place: () => placeOf(this),
      find: (name, from) => find(name, beside && at(name) ? { scope: at(name) } : from),
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
    if (item.calculation && !item.triggers && (item.type === 'calculate' || item.readOnly)) this.calculate();
    if (item.from) this.gather();
    else if (item.filter) this.offer();
    const resized = item.count && this.resize(evaluate(['number', item.count], this.env()));
    return resized || before !== `${this.relevant} ${this.text}`;
  }

  calculate() {
    const result = evaluate(['string', this.item.calculation], this.env());
    this.write(result ? [result] : []);
  }

  /** Shows only the choices that the filter lets through. */
  offer() {
    const [first, ...others] = this.controls();
    if (!first) return;
    const offered = (choice) => truth(this.item.filter, this.env(choice));
    if (this.order) {
      for (const row of this.order.children) row.hidden = !offered(row.dataset.choice);
      const standing = this.standing();
      if (this.values.length && this.values[0].split(' ').sort().join(' ') !== standing.sort().join(' ')) this.write([]);
    } else if (this.proposals) {
      const allowed = this.proposals.filter((one) => offered(one.dataset.choice));
      this.node.querySelector('datalist').replaceChildren(...allowed);
      this.choices = new Map(allowed.map((one) => [fold(one.value), one.dataset.choice]));
    } else if (this.item.narrowed) {
      const fit = narrow.fitting(this.item.filter, phone.offers[this.item.list], this.env());
      if (fit === this.fit) return;
      const { value } = first;
      first.replaceChildren(first.options[0], ...fit.map(option));
      first.value = value;
      if (!first.value) first.selectedIndex = 0;
      this.fit = fit;
    } else if (first.options) {
      this.options ??= [...first.options];
      first.replaceChildren(...this.options.filter((one) => !one.value || offered(one.value)));
    } else {
      for (const control of [first, ...others]) {
        control.disabled = control.parentNode.hidden = !offered(control.value);
      }
    }
    this.read();
  }

  /** Offers the answers to another question, each once. */
  gather() {
    const list = this.mirror ?? this.controls()[0];
    if (!list) return;
    const { from, filter, randomize } = this.item;
    const offered = new Map();
    for (const cell of answersTo(from, this.scope)) {
      if (cell.text && !offered.has(cell.text) && (!filter || truth(filter, this.env(undefined, cell.scope)))) {
        offered.set(cell.text, spoken(cell));
      }
    }
    const sorted = randomize ? shuffle([...offered], chances(startOf(this))) : [...offered];
    const [chosen] = this.values;
    list.replaceChildren(list.options[0], ...sorted.map(option));
    list.value = offered.has(chosen) ? chosen : '';
    this.read();
  }

  /** Makes room for a value that may not fit yet: what its filter rests on is still to be written. */
  allow([value]) {
    const [select] = this.controls();
    this.fit = null;
    const row = value && phone.offers[this.item.list].choices.find(([name]) => name === value);
    if (row) select.append(option(row));
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
    fresh();
    this.number();
    return this.instances.at(-1);
  }

  remove(instance) {
    instance.node.remove();
    this.instances.splice(this.instances.indexOf(instance), 1);
    fresh();
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

  /** A sentence of the author's, with answers in place of ${name}. */
  say(text) {
    const seen = (name, at = this.scope) => at && (at.cells.get(name) ?? seen(name, at.parent));
    return text?.split(pairing).map((part, at) => part
      .replace(/\$\{([^{}]+)\}/g, (_, name) => (seen(name)?.relevant && spoken(seen(name), at)) || '…')).join(pairing);
  }

  sentence() {
    const { low, high, stepText } = this.item.range ?? {};
    return word(this.problem).replace('{low}', low).replace('{high}', high).replace('{step}', stepText)
      .replace('{choice}', isolate(this.controls()[0].value.trim()));
  }

  /** Shows a problem at the question, or takes it away. */
  show(problem) {
    const control = this.use ?? this.controls()[0];
    if (!control) return;
    const id = `p-${this.name}`;
    let line = document.getElementById(id);
    if (!problem) line?.remove();
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

/** Reads a number; the problem is not empty when it is none. */
function decimal(typed) {
  const text = ascii(typed).replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return [[], 'problem.not_a_number'];
  const number = Number(text);
  const extreme = Math.abs(number) > 1e15 || (number !== 0 && Math.abs(number) < 1e-15);
  return extreme ? [[], 'problem.number_too_large'] : [[evaluate(['string', number])], ''];
}

/** Whether a number is one of a range's, counted in units of the last place. */
function within({ start, step, decimals, low, high }, text) {
  const units = Math.round(Number(text) * 10 ** decimals);
  return (text.split('.')[1] ?? '').length <= decimals && Number(text) >= Number(low) && Number(text) <= Number(high) &&
    (units - start) % step === 0;
}

const isDay = (text) => {
  const [year, month, day] = text.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return /^\d{4}-\d\d-\d\d$/.test(text) && year >= 1900 && year <= 2200 &&
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

/** Reads a time of day as hours and minutes, '' when it is none. */
function clock(text) {
  const [, hour, minute] = /^(\d{1,2})[:.](\d\d)(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  return hour < 24 && minute < 60 ? `${hour.padStart(2, '0')}:${minute}` : '';
}

/** Reads a date, or as much of one as is asked for. */
function date(precision, typed) {
  let text = ascii(typed);
  if (precision === 'year') {
    const [, year, day] = /^(\d{4})(-\d\d-\d\d)?$/.exec(text) ?? [];
    return year && isDay(year + (day ?? '-01-01')) ? [[`${year}-01-01`], ''] : [[], 'problem.not_a_year'];
  }
  if (precision === 'month') {
    text = text.replace(/^(\d{1,2})[/.](\d{4})$/, (_, month, year) => `${year}-${month.padStart(2, '0')}`);
    const whole = text.length === 7 ? `${text}-01` : text;
    return isDay(whole) ? [[`${whole.slice(0, 7)}-01`], ''] : [[], 'problem.not_a_month'];
  }
  return isDay(text) ? [[text], ''] : [[], 'problem.not_a_date'];
}

/** Brings what was typed into the form that is compared and stored: values and problem. */
function normalise({ type, precision, range }, typed, choices) {
  if (choices) {
    const found = choices.get(fold(typed)) ?? [...choices.values()].find((one) => one === typed);
    return found ? [[found], ''] : [[], 'problem.unknown_choice'];
  }
  if (type === 'range') {
    const [values, problem] = decimal(typed);
    return problem || within(range, values[0]) ? [values, problem] : [[], 'problem.not_in_range'];
  }
  if (type === 'time') {
    const at = clock(ascii(typed));
    return at ? [[at], ''] : [[], 'problem.not_a_time'];
  }
  if (type === 'dateTime') {
    const [day, at = ''] = ascii(typed).replace(' ', 'T').split('T');
    return isDay(day) && clock(at) ? [[`${day}T${clock(at)}`], ''] : [[], 'problem.not_a_date_time'];
  }
  if (type === 'integer') {
    const text = ascii(typed);
    if (!/^[+-]?\d+$/.test(text)) return [[], 'problem.not_an_integer'];
    const exact = BigInt(text.replace('+', '')); // 2⁵³+1 would round to 2⁵³
    return exact > 2n ** 53n || exact < -(2n ** 53n) ? [[], 'problem.number_too_large'] : [[String(Number(text))], ''];
  }
  if (type === 'decimal') return decimal(typed);
  if (type === 'date') return date(precision, typed);
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
const directly = (name) => insideOf.get(name) ?? [];

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

document.querySelectorAll('[data-plain]').forEach((node) => node.remove()); // for who has no script
const top = new Scope(form, null, undefined);

let spans = null; // where texts name answers, until there are others

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
  spans ??= [...form.querySelectorAll('[data-ref]')];
  for (const span of spans) span.textContent = shown(span) || '…';
}

/** What a text says in place of ${name}. */
function shown(span) {
  const cell = cellAt(span.parentNode, span.dataset.ref);
  return cell?.relevant ? spoken(cell, span.closest('.also') ? 1 : 0) : '';
}

/** What stands between two languages where there is no markup, as the server writes it. */
const pairing = ' · \u2068';

/** The words of a node; of a pair of languages the first ones or the second. */
function said(node, at) {
  const pair = node.querySelector('.pair')?.children;
  const texts = pair ? [...pair].map((one) => one.textContent) : node.textContent.split(pairing);
  return (texts[at] ?? texts[0]).replace(/\u2069$/, '').trim();
}

/** An answer in words: a choice's label, else what was typed; in the second language for 1. */
function spoken(cell, at = 0) {
  const labels = cell.controls().filter((one) => one.checked).map((one) => said(one.parentNode, at));
  const chosen = [...((cell.mirror ?? cell.controls()[0])?.selectedOptions ?? [])].filter((one) => one.value).map((one) => said(one, at));
  if (cell.order && cell.values.length) labels.push(...cell.rows().map((row) => said(row.querySelector('span'), at)));
  if (cell.choices && cell.values.length) labels.push(cell.typed(cell.values));
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

// ---- What stays on this phone until it is sent ------------------------------

const own = new Set(['version', 'lang', 'code', ':homepage']);
const named = (name) => document.getElementsByName(name)[0];
let current = null; // number of the page shown, null for the start
let started = 0; // when, by the phone's clock
let touched = false; // whether anything was done in this document
let saving = 0;
let seed = Math.floor(Math.random() * 2147483646) + 1; // what the order of choices rests on
let stay = null; // what keeps the answers, as soon as it is loaded

// What is kept otherwise than as a field of the form.
const kept = phone.items.filter((item) => lasting(item) || item.type === 'select_one');

/** All that was answered and where one is, as [`take`] takes it up again. */
function draft() {
  const proposed = new Map(); // by name, so that another language finds them
  const computed = []; // what was drawn by lot, or when a trigger changed, stays as it is
  for (const cell of kept.flatMap((item) => cellsOf(item))) {
    if (cell.choices && cell.values.length) proposed.set(cell.name, cell.values[0]);
    if (lasting(cell.item) && !cell.controls().length) cell.values.forEach((value) => computed.push([cell.name, value]));
  }
  const fields = [...new FormData(form.parentNode)].filter(([name]) => !own.has(name))
    .map(([name, value]) => [name, proposed.get(name) ?? value]).concat(computed);
  return { current, started, seed, fields };
}

function save() {
  clearTimeout(saving);
  saving = 0;
  return stay?.save();
}

/** Whether the server keeps what the phone computed: it would compute another value. */
function lasting(item) { return item.volatile || item.triggers; }

/** Takes up a draft: of this version, or what fits of another. */
function take(kept) {
  const fields = new Map();
  for (const [name, value] of kept.fields) fields.set(name, [...(fields.get(name) ?? []), value]);
  fill(top, fields);
  const institution = named(':institution');
  if (institution) institution.value = fields.get(':institution')?.[0] ?? '';
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
  for (const item of phone.items) if (item.type === 'repeat') cellsOf(item).forEach((cell) => cell.node && cell.number());
  settle();
  for (const item of phone.items) if (item.randomize) cellsOf(item).forEach(randomize);
}

function fill(scope, fields) {
  for (const cell of scope.cells.values()) {
    if (cell.item.type === 'repeat' && cell.node) {
      const begins = (at) => [...fields.keys()].some((name) => name.startsWith(`${cell.name}[${at}].`));
      while (begins(cell.instances.length)) cell.add();
      cell.instances.forEach((inside) => fill(inside, fields));
    } else if (cell.controls().length || lasting(cell.item)) cell.write(fields.get(cell.name) ?? []);
  }
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

// ---- Choices in an order of one's own ---------------------------------------

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

/** What the order of a question's choices begins with. */
function startOf(cell) {
  const given = cell.item.seed && evaluate(['number', cell.item.seed], cell.env());
  return Number.isFinite(given) ? given : seed + mix(cell.item.name);
}

/** Puts the choices of a question in this respondent's order; "don't know" stays last. */
function randomize(cell) {
  if (!cell.node || !cell.item.randomize || cell.item.from) return;
  const first = cell.controls()[0];
  cell.sorted ??= cell.order ? [...cell.order.children] : cell.proposals ?? (first?.options
    ? [...first.options].filter((one) => one.value) : [...cell.node.querySelectorAll('.choice')]);
  const nodes = cell.sorted; // as the author has them
  if (!nodes.length || (cell.order && cell.values.length)) return;
  const apart = nodes.filter((one) => 'apart' in one.dataset);
  const around = nodes[0].parentNode;
  const sorted = shuffle(nodes.filter((one) => !apart.includes(one)), chances(startOf(cell)));
  around.append(...sorted, ...apart);
  cell.options &&= [...first.options];
  if (cell.order) cell.settleOrder();
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
  spans = null;
  asking = new Map();
}

const following = (from, step) => {
  let at = from + step;
  while (pages[at] && !visible(pages[at])) at += step;
  return pages[at] ? at : null;
};

let cut = (page) => [page]; // what of a page is shown at a time, its stops: view.js cuts finer
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
  pages[current]?.classList.remove('shown');
  stop?.classList.remove('current');
  current = to;
  const page = pages[to];
  const stops = page ? cut(page) : [];
  stop = stops.includes(on) ? on : stops[0];
  page?.classList.add('shown');
  stop?.classList.add('current');
  form.dispatchEvent(new Event('turn'));
  form.classList.toggle('waiting', !page); // hidden itself would make every question look irrelevant
  progress.hidden = !page;
  intro.classList.toggle('small', Boolean(page));
  back.hidden = !page;
  failure.textContent = '';
  label();
  if (!focus) return;
  window.scrollTo(0, 0);
  title(stop ?? intro).focus({ preventScroll: true });
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

/** Says how far one is, and what the button does next. */
function label() {
  if (current === null) {
    next.textContent = word('start');
    return;
  }
  const stops = pages.filter((page) => visible(page)).flatMap((page) => cut(page));
  const at = Math.max(1, stops.indexOf(stop) + 1);
  bar.max = stops.length;
  bar.value = at;
  count.textContent = word('page_of').replace('{Page}', digits(at)).replace('{Pages}', digits(stops.length));
  next.textContent = word(beside(1) ? 'next' : 'send');
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
  const control = cell.use ?? cell.controls().find((one) => one.checked) ?? cell.controls().find((one) => !one.disabled);
  control?.focus({ preventScroll: true });
  cell.node.scrollIntoView({ block: 'center' });
}

function go(to, on) {
  turn(to, true, on);
  const where = { page: to, stop: pages[to] && cut(pages[to]).indexOf(stop) };
  history[phone.kiosk ? 'replaceState' : 'pushState'](where, ''); // on a shared screen there is no way back
  save();
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

/** Everything that is relevant and answered, as the server wants it. */
function content() {
  const entries = new URLSearchParams();
  for (const name of own) if (named(name)) entries.append(name, named(name).value);
  for (const item of phone.items) {
    if (item.type === 'calculate' && !lasting(item)) continue;
    for (const cell of cellsOf(item)) {
      if (lasting(item) && !cell.controls().length && cell.scope.repeat && cell.scope.empty()) continue; // no instance for that alone
      if (cell.relevant && (cell.node || lasting(item))) cell.values.forEach((value) => entries.append(cell.name, value));
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
  const institution = named(':institution');
  if (institution && visible(institution.closest('[data-page]'))) details[':institution'] = institution.value.trim();
  if (named(':homepage')?.value) details[':homepage'] = named(':homepage').value; // whoever fills that in is told
  clearTimeout(saving);
  const outcome = await stay?.finish(content(), details) ?? { failed: 'network' };
  next.ariaDisabled = null;
  status.textContent = '';
  if (outcome.problems) refused(outcome.problems);
  else if (outcome.failed) {
    failure.textContent = word(`send_failed.${outcome.failed}`);
    next.textContent = word('try_again');
  } else thank(outcome);
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

/** Thanks, and says where the answers are: at the server or still on this phone. */
function thank(outcome) {
  form.remove();
  const page = document.getElementById('thanks').content.cloneNode(true);
  const main = document.getElementById('main');
  const { panel } = stay;
  main.replaceChildren(page, panel);
  document.querySelector('.languages')?.remove(); // its links lead to an empty survey
  stay.tell(main, outcome);
  window.scrollTo(0, 0);
  main.querySelector('h1').focus({ preventScroll: true });
}

// ---- Listening --------------------------------------------------------------

function changed(node) {
  touched = true;
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
document.addEventListener('submit', (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (submitter?.name === ':add') {
    const instance = cellOf(submitter).add();
    defaults(instance);
    settle();
    for (const cell of instance.cells.values()) randomize(cell);
    reveal(instance.node);
    instance.node.querySelector('input:not([type=hidden]), select, textarea, .order button')?.focus();
    status.textContent = word('instance_added');
  } else if (submitter?.name === ':remove') {
    const node = submitter.closest('[data-instance]');
    const repeat = cellOf(node.parentNode);
    repeat.remove(repeat.instances.find((one) => one.node === node));
    settle();
    if (repeat.instances.length) reveal(repeat.instances.at(-1).node);
    repeat.node.querySelector(':scope > .add')?.focus(); // not that of a repeat inside
    status.textContent = word('instance_removed');
  }
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
addEventListener('pagehide', () => { if (form.isConnected && saving) stay?.lastly(); });
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
  try {
    const { begin } = await import(attempt ? `./stay.js?${attempt}` : './stay.js');
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
if (phone.kiosk) import('./kiosk.js').then(({ begin }) => begin({ phone, form, draft, take }));
