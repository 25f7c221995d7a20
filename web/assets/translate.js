// The translation desk without reloading: each text is saved by itself, keys lead
// from one to the next. Without this script the page is one form.

import { guard } from './guard.js';

const form = document.getElementById('texts');
const status = document.getElementById('status');
const pause = 1500; // milliseconds after the last key until a text is saved
const patience = 8000; // until a failed attempt is repeated

for (const node of document.querySelectorAll('[data-script]')) node.hidden = false;

const rows = [...form.querySelectorAll('.tr-row')];
const texts = rows.map((row) => row.querySelector('textarea'));
const unsaved = new Map(); // of rows: the timer that will save them
let failing = false;

const say = (text) => { if (status.textContent !== text) status.textContent = text; };

/** The fields of one row, by their names without its number. */
function field(row, name) {
  const found = form.elements[`${name}-${row.dataset.row}`];
  return found instanceof RadioNodeList ? [...found].find((one) => one.checked) : found;
}

/** Everything that the server must know of one row. */
function body(row, button) {
  const data = new URLSearchParams();
  data.set('_csrf', form.elements._csrf.value);
  for (const one of row.querySelectorAll('input, textarea')) {
    if (one.name && (!['checkbox', 'radio'].includes(one.type) || one.checked)) data.set(one.name, one.value);
  }
  if (button?.name) data.set(button.name, button.value);
  return data;
}

/** Two texts are shown, and nobody has chosen yet. */
const open = (row) => Boolean(field(row, 'clash')) && !field(row, 'keep');

let last = Promise.resolve(); // one after the other: each rests on what the one before has saved
let saving = 0; // how many are on their way

/** Saves one row, after those that are on their way. */
function save(row, button) {
  clearTimeout(unsaved.get(row));
  unsaved.delete(row);
  if (open(row) && !button) return last;
  say(form.dataset.saving);
  saving += 1;
  last = last.then(() => attempt(row, button)).finally(() => { saving -= 1; });
  return last;
}

async function attempt(row, button) {
  const sent = texts[rows.indexOf(row)].value;
  const ticked = field(row, 'reviewed').checked;
  const comment = field(row, 'comment').value;
  const keep = field(row, 'keep')?.value;
  try {
    const answer = await fetch(form.action, { method: 'POST', body: body(row, button), headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(30_000) });
    if ([401, 403, 404, 422].includes(answer.status)) { // trying again does not help, or only after signing in elsewhere
      const told = await answer.json();
      failing = true;
      say(answer.status === 401 ? form.dataset.out : told.errors?.[0].message ?? told.error.message);
      if (answer.status === 401) later(row, patience);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    document.getElementById('progress').innerHTML = told.progress;
    const filters = document.getElementById('filters'); // not where conflicts alone are shown
    if (filters) filters.innerHTML = told.filters;
    adopt(row, told.rows[row.dataset.row], { sent, ticked, comment, keep });
    failing = false;
    if (!unsaved.size) say(open(row) ? '' : form.dataset.saved);
  } catch {
    failing = true;
    say(form.dataset.unsaved);
    later(row, patience);
  }
}

/** Takes over what the server says of a row; what was typed meanwhile stays. */
function adopt(row, told, { sent, ticked, comment, keep }) {
  const text = texts[rows.indexOf(row)];
  const box = field(row, 'reviewed');
  for (const [part, markup] of Object.entries(told.parts)) {
    const there = row.querySelector(`.${part}`);
    const held = there.contains(document.activeElement);
    if (there.innerHTML !== markup) there.innerHTML = markup;
    if (held && !there.contains(document.activeElement)) text.focus();
  }
  row.classList.toggle('tr-clash', told.clash);
  field(row, 'seen').value = told.seen;
  field(row, 'made').value = told.made;
  field(row, 'was').value = told.reviewed ? 'yes' : '';
  if (!told.clash) {
    if (keep === 'theirs') text.value = told.text;
    if (text.value === sent || keep === 'theirs') {
      if (box.checked === ticked || keep === 'theirs') box.checked = told.reviewed;
    } else {
      later(row, pause);
    }
  }
  const words = field(row, 'comment');
  if (comment && words.value === comment) words.value = '';
}

function later(row, wait) {
  clearTimeout(unsaved.get(row));
  unsaved.set(row, setTimeout(save, wait, row));
}

const rowOf = (node) => node.closest('.tr-row');
const isComment = (node) => node.name?.startsWith('comment-');

form.addEventListener('input', ({ target }) => {
  if (target.type !== 'radio' && !isComment(target)) later(rowOf(target), pause);
});
form.addEventListener('change', ({ target }) => {
  const row = rowOf(target);
  if (!isComment(target) && (unsaved.has(row) || target.type === 'radio')) save(row);
});
form.addEventListener('submit', (event) => {
  const { submitter } = event;
  event.preventDefault();
  const row = rowOf(submitter);
  if (row) save(row, submitter);
  else for (const one of rows) if (unsaved.has(one) || field(one, 'comment').value) save(one);
});

/** Goes to the text so many further on; behind the last one to the next page. */
function go(row, by) {
  const at = rows.indexOf(row) + by;
  if (at < 0) return;
  const next = texts[at] ?? document.getElementById('after') ?? document.getElementById('save');
  next.focus();
  if (texts[at]) next.scrollIntoView({ block: 'nearest' });
}

form.addEventListener('keydown', (event) => {
  const row = event.target.closest?.('.tr-row');
  if (!row || event.isComposing) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (isComment(event.target)) {
      save(row, row.querySelector('[data-comment]'));
      return;
    }
    if (event.shiftKey) field(row, 'reviewed').checked = true;
    if (unsaved.has(row) || event.shiftKey) save(row);
    go(row, 1);
  } else if (event.altKey && !event.ctrlKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    go(row, event.key === 'ArrowDown' ? 1 : -1);
  }
});

guard(() => unsaved.size > 0 || saving > 0 || failing || rows.some(open), () => {
  for (const row of [...unsaved.keys()]) save(row);
  return last;
});
