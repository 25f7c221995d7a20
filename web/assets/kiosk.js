// A tablet in a school office or an advice centre, which many people use one
// after the other: nothing of one person is left for the next, and nothing on the
// screen leads away from the survey. Loaded only where that is wanted.

import './keep.js';

const warned = 15; // seconds of warning before everything is taken away
const thanked = 20; // seconds that the thanks stay when nobody touches them
const memory = 'bedarfslotse:kiosk'; // in sessionStorage: the addresses, and on the way to another language the answers

const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

/** A code in its one form, as the server sees it. */
const plain = (typed) => typed.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15).replace(/[^A-Za-z0-9]/g, '')
  .toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1').replace(/U/g, 'V');

function remembered() {
  try { return JSON.parse(sessionStorage.getItem(memory)); } catch { return null; } // a window may refuse
}

function remember(what) {
  try {
    if (what) sessionStorage.setItem(memory, JSON.stringify(what));
    else sessionStorage.removeItem(memory);
  } catch { /* then reloading asks for the code */ }
}

/** The address of the kiosk that runs in this window for the survey shown. */
export function home() {
  const known = remembered()?.home;
  return known && new URL(known).pathname === location.pathname ? known : null;
}

/**
 * Begins. What it needs of the document: phone (its data), form, and draft() and
 * take(draft), which carry the answers into another language.
 */
export async function begin(survey) {
  const here = location.href;
  const known = remembered();
  const carried = known && 'carry' in known ? known : null;
  remember({ home: carried?.home ?? here });
  const clean = new URL(here);
  clean.searchParams.set('kiosk', ''); // nobody reads the code over a shoulder
  history.replaceState(history.state, '', clean);
  const later = await fetch(new URL(`words-${survey.phone.lang}.json`, import.meta.url))
    .then((answer) => answer.json()).catch(() => ({}));
  const kiosk = new Kiosk(survey, new URL(here), carried?.home ?? here, (key) => later[`kiosk.${key}`] ?? key);
  if (carried?.carry) survey.take(carried.carry);
  kiosk.used = Boolean(carried);
  await kiosk.start();
}

class Kiosk {
  constructor(survey, here, start, word) {
    Object.assign(this, survey, { here, home: start, word, last: Date.now(), used: false, done: false });
    this.code = plain(here.searchParams.get('kiosk'));
    this.main = document.getElementById('main');
    this.warning = this.warn();
    this.exit = this.gate();
    this.notice = make('dialog', { ariaLabel: '' });
    this.count = make('p', { hidden: true });
    const leave = make('button', { type: 'button', textContent: word('staff') });
    leave.addEventListener('click', () => {
      this.exit.querySelector('form').reset();
      this.exit.showModal();
    });
    document.querySelector('.foot').append(make('div', { className: 'staff' }, leave, this.count));
    document.body.append(this.warning, this.exit, this.notice);
  }

  async start() {
    for (const event of ['pointerdown', 'keydown', 'input', 'touchmove', 'wheel']) {
      addEventListener(event, () => { if (!this.warning.open) this.present(); }, { capture: true, passive: true });
    }
    for (const event of ['click', 'auxclick', 'contextmenu']) document.addEventListener(event, (one) => this.follow(one), true);
    new MutationObserver(() => { if (!this.form.isConnected && !this.done && !this.leaving) this.finish(); })
      .observe(this.main, { childList: true });
    addEventListener('pagehide', () => { document.body.hidden = true; }); // in case the browser keeps it for "back"
    addEventListener('pageshow', ({ persisted }) => { if (persisted) this.reset(); });
    document.addEventListener('bedarfslotse:outbox', () => this.tally());
    document.addEventListener('visibilitychange', () => this.tick());
    setInterval(() => this.tick(), 1000);
    this.ready();
    this.keep = await bedarfslotse.open();
    await this.forget();
    await this.tally();
  }

  // ---- Time ------------------------------------------------------------------

  /** Somebody is here. */
  present() {
    this.last = Date.now();
    this.used = true;
  }

  /** Looks at the clock, which goes on while a tablet sleeps. */
  tick() {
    if (this.last > Date.now()) this.last = Date.now(); // somebody set the clock back
    if (!this.used || this.leaving) return;
    const left = Math.ceil((this.done ? thanked : this.phone.kiosk.idle) - (Date.now() - this.last) / 1000);
    if (left <= 0) this.reset();
    else if (this.done) this.closing.textContent = this.seconds('closes', left);
    else if (left <= warned) this.ask(left);
  }

  seconds(key, number) { return this.word(key).replace('{Seconds}', this.digits(number)); }

  digits(number) { return String(number).replace(/\d/g, (digit) => [...this.phone.digits][digit]); }

  /** The dialog that asks whether anybody is there. */
  warn() {
    this.countdown = make('p', { className: 'countdown', ariaHidden: 'true' });
    this.spoken = make('p', { className: 'unseen', role: 'status' });
    const here = make('button', { type: 'button', className: 'button', textContent: this.word('here'), autofocus: true });
    const dialog = make('dialog', { role: 'alertdialog' },
      make('h2', { id: 'kiosk-warning', textContent: this.word('warning') }),
      make('p', { id: 'kiosk-why', textContent: this.word('warning_text') }), this.countdown, this.spoken, here);
    dialog.setAttribute('aria-labelledby', 'kiosk-warning');
    dialog.setAttribute('aria-describedby', 'kiosk-why');
    dialog.addEventListener('click', () => dialog.close()); // also beside it
    dialog.addEventListener('close', () => this.present());
    return dialog;
  }

  /** Counts down: for the eye every second, for the ear every five. */
  ask(left) {
    const text = this.seconds('left', left);
    this.countdown.textContent = text;
    if (!this.warning.open) this.warning.showModal();
    else if (left % 5 === 0) this.spoken.textContent = text;
  }

  // ---- The next person ---------------------------------------------------------

  /** The thanks are shown: the next person is due. */
  finish() {
    this.done = true;
    this.present();
    this.warning.close();
    this.closing = make('p', { className: 'hint closing', textContent: this.seconds('closes', thanked) });
    const next = make('button', { type: 'button', className: 'button', textContent: this.word('next') });
    next.addEventListener('click', () => this.reset());
    this.main.querySelector('.lead').after(make('p', {}, next), this.closing);
    this.tally();
  }

  /** Takes away what the last person left, and begins anew. */
  async reset(to = this.home) {
    if (this.leaving) return;
    this.leaving = true;
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    this.main.replaceChildren();
    // A browser that does not answer must not keep the screen.
    await Promise.race([this.forget(), new Promise((resolve) => { setTimeout(resolve, 2000); })]);
    location.replace(to);
  }

  /** Forgets drafts and receipts of this survey; what waits to be sent stays. */
  async forget() {
    const gone = [];
    for (const kind of ['drafts', 'receipts']) {
      for (const [key] of await this.keep.all(kind)) if (key.startsWith(`${location.pathname}#`)) gone.push([kind, key, undefined]);
    }
    if (gone.length) await this.keep.write(gone);
  }

  // ---- Ways out ------------------------------------------------------------------

  /** Links lead nowhere but to another language, or to a notice shown on top. */
  follow(event) {
    const link = event.target.closest?.('a[href]');
    if (!link || link.getAttribute('href').startsWith('#')) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.type !== 'click') return;
    const there = new URL(link.href);
    if (link.closest('.languages')) this.speak(there);
    else if (there.origin === location.origin && /^\/(privacy|imprint|accessibility)$/.test(there.pathname)) this.read(link);
  }

  /** The kiosk in the languages of a link. */
  translated({ searchParams: wanted }) {
    const there = new URL(this.here);
    there.searchParams.set('lang', wanted.get('lang'));
    if (wanted.has('with')) there.searchParams.set('with', wanted.get('with'));
    else there.searchParams.delete('with');
    return there.href;
  }

  speak(link) {
    remember({ home: this.home, carry: this.form.isConnected ? this.draft() : null });
    this.leaving = true;
    location.replace(this.translated(link));
  }

  async read(link) {
    const close = make('button', { type: 'button', className: 'button secondary', textContent: this.word('close') });
    close.addEventListener('click', () => this.notice.close());
    let page;
    try {
      const answer = await fetch(link.href, { credentials: 'omit' });
      const main = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
      for (const one of main.querySelectorAll('a')) one.removeAttribute('href');
      page = [...main.children];
    } catch {
      page = [make('p', { textContent: this.word('unreachable') })];
    }
    this.notice.ariaLabel = link.textContent;
    this.notice.replaceChildren(make('p', {}, close), ...page);
    if (!this.leaving) this.notice.showModal();
  }

  /** The dialog that lets staff out. */
  gate() {
    const input = make('input', { id: 'kiosk-code', type: 'text', dir: 'ltr', autocomplete: 'off', spellcheck: false, autocapitalize: 'characters' });
    const problem = make('p', { id: 'p-kiosk-code', className: 'problem', hidden: true, role: 'alert' });
    const back = make('button', { type: 'button', className: 'button secondary', textContent: this.word('back') });
    const form = make('form', { noValidate: true, autocomplete: 'off' },
      make('h2', { id: 'kiosk-exit', textContent: this.word('staff') }),
      make('div', { className: 'question' }, make('label', { htmlFor: 'kiosk-code', textContent: this.word('code') }), problem, input),
      make('div', { className: 'actions' }, make('button', { type: 'submit', className: 'button', textContent: this.word('leave') }), back));
    const dialog = make('dialog', { className: 'covering' }, form);
    dialog.setAttribute('aria-labelledby', 'kiosk-exit');
    const say = (text) => {
      problem.textContent = text;
      problem.hidden = !text;
      input.setAttribute('aria-invalid', String(Boolean(text)));
      if (text) input.setAttribute('aria-describedby', problem.id);
      else input.removeAttribute('aria-describedby');
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      event.stopPropagation(); // the survey's form is another
      if (plain(input.value) === this.code) {
        remember(null);
        this.reset('/');
      } else {
        say(this.word('wrong_code'));
        input.select();
      }
    });
    back.addEventListener('click', () => dialog.close());
    form.addEventListener('reset', () => say(''));
    dialog.addEventListener('close', () => { if (!dialog.open) form.reset(); }); // it is told later, when somebody may type again
    return dialog;
  }

  // ---- Without network -----------------------------------------------------------

  /** Says on the start page how many responses still wait on this tablet. */
  async tally() {
    const number = (await (await bedarfslotse.open()).all('outbox')).length; // perhaps before this has begun
    this.count.hidden = !number;
    this.count.textContent = this.word('waiting').replace('{Count}', this.digits(number));
  }

  /** Has the service worker keep the kiosk in all its languages, and what it loads later. */
  async ready() {
    const { active } = await navigator.serviceWorker?.ready ?? {};
    const links = [...document.querySelectorAll('.languages a')].map((link) => new URL(link.href));
    const alone = links.filter(({ searchParams }) => !searchParams.has('with'));
    const files = ['kiosk.js', 'gate.js', 'kiosk.css', ...alone.map(({ searchParams }) => `words-${searchParams.get('lang')}.json`)]
      .map((name) => new URL(name, import.meta.url).href);
    const notices = [...document.querySelectorAll('.foot a, .promise a')].map(({ href }) => href);
    const documents = new Set([this.here.href, this.home, location.href, ...alone.map((link) => this.translated(link))]);
    active?.postMessage({ keep: [...documents, ...files, ...notices] });
  }
}
