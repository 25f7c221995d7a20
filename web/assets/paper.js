// Typing paper forms: Enter goes on to the next question that is asked, a number
// chooses at once where one digit is enough, and what was typed is shown in
// words. The server judges everything again and is the only one to decide.

import { evaluate, truth, toNumber } from './expression.js';

const form = document.querySelector('[data-sheet]');
const phone = JSON.parse(document.getElementById('phone').textContent);
const items = new Map(phone.items.map((item) => [item.name, item]));
// Only what expressions are made of: a phone's document needs more.
const names = (phone.parts ?? []).filter((name) => ['functions', 'digest'].includes(name));
const operations = Object.assign({}, ...(await Promise.all(names.map((name) => import(`./${name}.js`)))).map((part) => part.operations));

const lines = [...form.querySelectorAll('.sheet-line')].map((node) => ({
  node,
  item: node.dataset.item,
  prefix: node.dataset.prefix,
  control: node.querySelector('input, textarea'),
  choices: [...node.querySelectorAll('li')],
  read: node.querySelector('[data-read]'),
  several: 'several' in node.dataset,
}));
const store = form.querySelector('[data-store]');

/** The choices that a text means, or null for numbers that there are not. */
function chosen(line) {
  const text = line.control.value.trim();
  if (text === '') return [];
  let words = line.several ? text.split(/[\s,.;+]+/).filter(Boolean) : [text];
  if (line.several && words.length === 1 && line.choices.length < 10 && /^\d+$/.test(words[0])) words = [...words[0]];
  const found = words.map((word) => (/^\d+$/.test(word) ? line.choices[Number(word) - 1] : line.choices.find((one) => one.dataset.name === word)));
  return found.includes(undefined) ? null : found;
}

const value = (line) => (line.choices.length ? (chosen(line) ?? []).map((one) => one.dataset.name).join(' ') : line.control.value.trim());

// ---- Which questions are asked ---------------------------------------------

let computed = new Map();
const environment = (prefix) => ({
  reference(name) {
    const found = lines.filter((line) => line.item === name && !line.node.hidden);
    for (let at = prefix; ; at = at.replace(/[^.]*\.$/, '')) { // its own instance, then those around
      const own = found.filter((line) => line.prefix === at);
      if (own.length) return own.map(value);
      if (at === '') break;
    }
    if (found.length) return found.map(value);
    return [computed.get(name) ?? ''];
  },
  self: () => '',
  column: () => [''],
  now: () => new Date(),
  label: () => '',
  itext: () => '',
  random: Math.random,
  operations,
});

/** What cannot be told here is asked: the server drops what is not. */
function attempt(work, otherwise) {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

function settle() {
  computed = new Map();
  const off = new Set(); // groups that are not asked, by prefix and name
  for (const item of phone.items) {
    if (item.calculation && item.type === 'calculate') {
      const result = attempt(() => evaluate(item.calculation, environment('')), '');
      computed.set(item.name, Array.isArray(result) ? result[0] ?? '' : String(result));
    }
    const asked = (prefix) => !off.has(prefix + item.in) && !(item.in && off.has(item.in))
      && (!item.relevant || attempt(() => truth(item.relevant, environment(prefix)), true));
    const own = lines.filter((line) => line.item === item.name);
    for (const line of own) line.node.hidden = !asked(line.prefix);
    if (!own.length && !asked('')) off.add(item.name);
  }
}

// ---- What was typed, in words ----------------------------------------------

function show(line) {
  if (!line.choices.length) return true;
  const found = chosen(line);
  line.node.classList.toggle('wrong', found === null);
  line.read.textContent = found === null ? form.dataset.wrong : found.map((one) => one.querySelector('span').textContent).join(', ');
  return found !== null;
}

// ---- Going on ----------------------------------------------------------------

// Enter is for going on. Some browsers hand the same stroke to the control that
// it has led to, which would send the form.
let led = false;
form.addEventListener('keydown', () => { led = false; }, true);
form.addEventListener('keypress', (event) => {
  const typing = event.target.matches('input, textarea') && !event.shiftKey;
  if (event.key === 'Enter' && (led || typing)) event.preventDefault();
});

const asked = () => lines.filter((line) => !line.node.hidden);

function go(control) {
  led = true;
  control.focus();
  control.select?.();
  control.scrollIntoView({ block: 'nearest' });
}

function next(line, step) {
  const all = asked();
  const at = all.indexOf(line) + step;
  if (at >= 0 && at < all.length) go(all[at].control);
  else if (step > 0) go(store);
}

for (const line of lines) {
  line.control.addEventListener('input', () => {
    const good = show(line);
    settle();
    // One digit is all there is to say.
    if (good && line.choices.length && line.choices.length < 10 && !line.several && /^\d$/.test(line.control.value)) next(line, 1);
  });
  line.control.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) form.requestSubmit(store);
      else if (show(line)) next(line, 1);
      else line.control.select();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      next(line, event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Backspace' && line.control.value === '') {
      event.preventDefault();
      next(line, -1);
    }
  });
  show(line);
}

// ---- The number on the sheet -------------------------------------------------

const number = form.querySelector('#number');
const hint = document.getElementById('number-hint');
const plain = hint.textContent;

number.addEventListener('change', async () => {
  hint.textContent = plain;
  const asking = number.value.trim();
  if (!asking) return;
  const answer = await fetch(`${form.dataset.sheet}?number=${encodeURIComponent(asking)}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (answer?.ok && (await answer.json()).stored && number.value.trim() === asking) hint.textContent = form.dataset.before;
});
for (const control of form.querySelectorAll('.sheet-head input')) {
  control.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    go(asked()[0]?.control ?? store);
  });
}

settle();
const wrong = lines.find((line) => line.control.getAttribute('aria-invalid'));
const again = form.querySelector('[data-again]');
if (again) go(again);
else if (wrong) go(wrong.control);
else if (number.value === '') go(number);
form.dataset.ready = ''; // from here on keys do what is said above
