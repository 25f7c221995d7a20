// The editor of surveys without reloading: saves by itself, moves by drag or key,
// and shows in the preview what was changed. Without this script every button is
// an ordinary form and works as well.

import { guard } from './guard.js';

const shop = document.getElementById('shop');
const byId = (id) => document.getElementById(id);
const pause = 1200; // milliseconds after the last key until it is saved
const patience = 8000; // until a failed attempt is repeated

for (const node of shop.querySelectorAll('[data-script]')) node.hidden = false;

// ---- Asking the server ------------------------------------------------------

let last = Promise.resolve(); // one after the other: each rests on what the one before has saved
let sending = 0; // how many are on their way

/** Sends a form; returns the page that the server answers with, and its address. */
function send(form, submitter) {
  const address = form.getAttribute('action');
  const ask = async () => {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await fetch(address, { method: 'POST', body, headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(30_000) });
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    return { answer, page: new DOMParser().parseFromString(await answer.text(), 'text/html') };
  };
  sending += 1;
  last = last.then(ask, ask).finally(() => { sending -= 1; });
  return last;
}

/** Puts parts of another page in the place of this one's. */
function adopt(page, ids) {
  for (const id of ids) {
    const [here, there] = [byId(id), page.getElementById(id)];
    if (here && there) here.replaceWith(document.adoptNode(there));
  }
}

const say = (text) => { const line = byId('saved'); if (line && line.textContent !== text) line.textContent = text; };

// ---- Showing a page without loading it ---------------------------------------

/** What has the focus, by what finds it again on a new page. */
function bookmark() {
  const { activeElement: at } = document;
  if (!at || at === document.body) return null;
  if (at.id) return `#${CSS.escape(at.id)}`;
  if (at.name && at.value && at.tagName === 'BUTTON') return `button[name="${at.name}"][value="${CSS.escape(at.value)}"]`;
  return at.dataset.open ? `[data-open="${CSS.escape(at.dataset.open)}"]` : null;
}

/** Shows the page that the server sent in place of this one's content. */
function show({ answer, page }, focus) {
  const fresh = page.querySelector('.shop-work');
  if (!fresh) { // something else answered: signed out, say
    location.href = answer.url;
    return;
  }
  shop.querySelector('.shop-work').replaceWith(document.adoptNode(fresh));
  document.querySelector('main > svg[hidden]')?.replaceWith(document.adoptNode(page.querySelector('main > svg[hidden]')));
  document.title = page.title;
  if (answer.redirected || answer.ok) history.replaceState(null, '', answer.url);
  dress();
  refresh();
  const found = byId('problem') || (focus && document.querySelector(focus)) || byId('editing')?.querySelector('textarea, input:not([type="hidden"])');
  if (!found) return;
  if (found.id === 'problem') found.tabIndex = -1;
  found.focus();
}

let due = 0;
/** Loads the preview anew, soon: several changes in a row are shown at once. */
function refresh() {
  clearTimeout(due);
  due = setTimeout(() => { // by its address: a reload would call off a change of language under way
    const frame = byId('preview');
    frame.src = String(frame.src);
  }, 400);
}

// ---- Saving by itself -------------------------------------------------------

let timer = 0;
let unsaved = false;

async function save() {
  clearTimeout(timer);
  const form = document.querySelector('[data-autosave]');
  if (!form || !unsaved) return;
  unsaved = false;
  say(shop.dataset.saving);
  try {
    const button = form.querySelector('.shop-default');
    const { answer, page } = await send(form, button);
    if (!answer.ok) { // refused, or another was quicker: both texts are shown
      show({ answer, page });
      return;
    }
    if (!page.getElementById('tools')) {
      location.href = answer.url;
      return;
    }
    if (!form.isConnected) return;
    const there = page.querySelector('[data-autosave]');
    if (!there || there.elements.node.value !== form.elements.node.value) { // it has another name now
      show({ answer, page }, bookmark());
      return;
    }
    form.elements.seen.value = there.elements.seen.value;
    if (unsaved) say(shop.dataset.saving); // typed on in the meantime
    for (const name of ['relevant.expression', 'constraint.expression']) {
      const [here, written] = [form.elements[name], there.elements[name]];
      if (here && written && document.activeElement !== here) here.value = written.value;
    }
    adopt(page, ['findings', 'node-findings', 'spoken']);
    swapLines(page);
    adopt(page, ['tools']);
    refresh();
  } catch {
    unsaved = true;
    say(shop.dataset.unsaved);
    timer = setTimeout(save, patience);
  }
}

/** Takes over the lines of the list; the form that somebody types in stays, and so does a line with the focus. */
function swapLines(page) {
  for (const node of page.querySelectorAll('#outline .shop-node')) {
    const own = byId(node.id)?.querySelector(':scope > .shop-line');
    if (own && !own.contains(document.activeElement)) own.replaceWith(document.adoptNode(node.querySelector(':scope > .shop-line')));
  }
}

function changed(event) {
  const form = event.target.closest('[data-autosave]');
  if (!form || event.target.closest('[data-wait]')) return;
  unsaved = true;
  clearTimeout(timer);
  timer = setTimeout(save, event.type === 'change' ? 150 : pause);
}

shop.addEventListener('input', changed);
shop.addEventListener('change', changed);
guard(() => unsaved || sending > 0, () => save().then(() => last).catch(() => {}));

// ---- Buttons and links --------------------------------------------------------

shop.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.method !== 'post' || !form.closest('#shop')) return;
  event.preventDefault();
  const { submitter } = event;
  const focus = bookmark();
  if (form.matches('[data-autosave]')) { // its buttons save what stands in it as well
    clearTimeout(timer);
    unsaved = false;
  } else await save();
  say(shop.dataset.saving);
  try {
    show(await send(form, submitter), focus);
  } catch {
    unsaved = form.matches('[data-autosave]');
    say(shop.dataset.unsaved);
  }
});

shop.addEventListener('click', async (event) => {
  const link = event.target.closest('a[data-open]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await save();
  try {
    const answer = await fetch(link.getAttribute('href'), { headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    show({ answer, page });
    history.replaceState(null, '', link.getAttribute('href'));
    byId('editing')?.scrollIntoView({ block: 'nearest' });
  } catch {
    location.href = link.href;
  }
});

byId('show')?.addEventListener('change', ({ target }) => {
  const frame = byId('preview');
  const address = new URL(frame.src);
  address.searchParams.set('lang', target.value);
  frame.src = address;
  document.querySelectorAll('[name="show"]').forEach((one) => { one.value = target.value; });
  document.querySelector('.shop-show a').href = address;
});

// ---- Moving -------------------------------------------------------------------

function press(way, name) {
  const button = document.querySelector(`button[form="moves"][value="${way}:${CSS.escape(name)}"]`);
  if (!button) return;
  button.form.requestSubmit(button);
}

const ways = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'out', ArrowRight: 'in' };
shop.addEventListener('keydown', (event) => {
  const line = event.target.closest('.shop-line');
  if (!event.altKey || !ways[event.key] || !line) return;
  event.preventDefault();
  press(ways[event.key], line.closest('.shop-node').dataset.name);
});

let dragged = null;
shop.addEventListener('dragstart', (event) => {
  dragged = event.target.closest?.('.shop-node');
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', dragged?.dataset.name ?? '');
});
const above = (event) => {
  const node = event.target.closest?.('.shop-node');
  return node && dragged && !dragged.contains(node) ? node : null;
};
shop.addEventListener('dragover', (event) => {
  const node = above(event);
  shop.querySelector('.over')?.classList.remove('over');
  if (!node) return;
  event.preventDefault();
  node.classList.add('over');
});
shop.addEventListener('drop', (event) => {
  const node = above(event);
  if (!node) return;
  event.preventDefault();
  const moves = byId('moves');
  const around = node.parentNode.closest('.shop-node');
  const box = node.querySelector(':scope > .shop-line').getBoundingClientRect();
  const behind = event.clientY > box.top + box.height / 2;
  const group = behind && ['group', 'repeat'].includes(node.dataset.kind);
  moves.elements.moved.value = dragged.dataset.name;
  moves.elements.into.value = group ? node.dataset.name : around?.dataset.name ?? '';
  const first = group ? node.querySelector(':scope > .shop-nodes > .shop-node') : node.nextElementSibling;
  moves.elements.before.value = (behind ? first?.dataset.name : node.dataset.name) ?? '';
  const button = Object.assign(document.createElement('button'), { name: 'do', value: 'move', hidden: true });
  moves.append(button);
  moves.requestSubmit(button);
  button.remove();
  dragged = null;
});

// ---- What fits what -----------------------------------------------------------

/** Shows of a row's controls those that go with its question. */
function fit(row) {
  const [question, operator, choice] = ['question', 'operator', 'choice'].map((name) => row.querySelector(`[name$=".${name}"]`));
  const value = row.querySelector('[name$=".value"]');
  const asks = !['answered', 'unanswered'].includes(operator.value);
  const chosen = question.tagName === 'SELECT' ? question.value : null;
  let some = false;
  for (const group of choice.querySelectorAll?.('optgroup') ?? []) {
    const own = chosen === null || [...group.children].some((one) => one.value.startsWith(`${chosen}/`));
    group.hidden = !own;
    group.disabled = !own;
    some ||= own;
  }
  if (chosen === '') some = false;
  if (choice.tagName === 'SELECT') {
    if (choice.selectedOptions[0]?.parentNode.disabled) choice.value = '';
    choice.hidden = !asks || !some;
  }
  value.hidden = !asks || some || chosen === '';
  operator.hidden = chosen === '';
}

/** Keeps one empty row at the end of a condition. */
function spare(rows) {
  const last = rows.lastElementChild;
  const [question, choice, value] = ['question', 'choice', 'value'].map((name) => last.querySelector(`[name$=".${name}"]`));
  if (question.tagName === 'SELECT' ? !question.value : !choice.value && !value.value) return;
  const fresh = last.cloneNode(true);
  for (const control of fresh.querySelectorAll('select, input')) {
    if (control.options) control.selectedIndex = 0;
    else control.value = '';
    if (control.ariaLabel) control.ariaLabel = control.ariaLabel.replace(/\d+$/, rows.children.length + 1);
  }
  rows.append(fresh);
}

/** Makes what the server sent handy. */
function dress() {
  for (const node of shop.querySelectorAll('[data-script]')) node.hidden = false;
  for (const node of shop.querySelectorAll('#outline .shop-node')) {
    if (byId('moves')) node.draggable = !node.querySelector(':scope > .shop-form');
  }
  shop.querySelectorAll('.shop-rows > .shop-lines').forEach(spare);
  shop.querySelectorAll('[data-pick]').forEach(fit);
  const kind = byId('add-type');
  const selects = shop.querySelector('[data-selects]');
  if (kind && selects) selects.hidden = !['select_one', 'select_multiple', 'rank'].includes(kind.value);
  for (const box of shop.querySelectorAll('.shop-condition')) {
    const written = box.querySelector('[value="expression"]').checked;
    box.querySelector('.shop-rows').hidden = written;
  }
}

shop.addEventListener('change', () => dress());
dress();
