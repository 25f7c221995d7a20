// Keeps a respondent's answers on the phone until they are sent, and says in
// plain words where they are. Loaded when the document stands: nobody waits for
// it to begin.

// Loaded under the same address as this file: when a failed attempt is repeated, the
// browser would otherwise remember the failure.
const { search } = new URL(import.meta.url);
const near = (name) => `./${name}${search}`;
await import(near('keep.js'));
const { act, download, entryCard, make, receiptOf, settle } = await import(near('cards.js'));

/** FNV-1a with 64 bits: two contents of one draft do not share it. */
function digest(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const newSecret = () => hex(crypto.getRandomValues(new Uint8Array(12))); // with the digest 40 characters, one block of proof.js

function today() {
  const now = new Date();
  const pad = (number) => String(number).padStart(2, '0');
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}

/**
 * Begins to keep one survey. What it needs of the document: phone (its data),
 * form, steps (the buttons below), panel (where cards go), line (where the state
 * is said), draft() and take(draft), begun(), freeze(frozen), announce(text) and
 * word(key).
 */
export async function begin(survey) {
  const [keep, later] = await Promise.all([
    bedarfslotse.open(),
    fetch(new URL(`words-${survey.phone.lang}.json`, import.meta.url)).then((answer) => answer.json()).catch(() => ({})),
    survey.phone.work && import(near('proof.js')),
  ]);
  const stay = new Stay({ ...survey, word: (key) => later[key] ?? survey.word(key) ?? key }, keep);
  await stay.start();
  return stay;
}

class Stay {
  constructor(survey, keep) {
    Object.assign(this, survey, { act, make, keep, secret: newSecret(), written: Promise.resolve(), unwritten: null, mine: true, boxed: false, over: false });
    this.path = location.pathname;
    this.place = `${this.path}#${this.phone.version}`;
    this.tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel(`bedarfslotse ${this.place}`) : null;
  }

  async start() {
    await this.hold();
    if (this.mine) await this.resume();
    await this.list();
    if (!this.phone.kiosk) await this.aside();
    this.worker().catch(() => {}); // without it the survey works as long as its page is open
    this.sendAll();
    addEventListener('online', () => this.sendAll());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.sendAll(); });
  }

  /** Ways to go on elsewhere, and what there is to know about this browser. */
  async aside() {
    if (!this.keep.lasting) this.card('warning', this.word('keep.nothing'), ['keep.download', () => this.download()]);
    const { build } = await import(near('aside.js'));
    const { leave, back } = build(this);
    this.line.after(leave, back); // below the buttons, which must not move under a finger
  }

  download() {
    download(`${this.phone.wave}.json`, this.sealed());
  }

  // ---- The draft -------------------------------------------------------------

  /** Goes on with the draft of this version, and offers those that cannot simply go on. */
  async resume() {
    if (this.phone.kiosk) return;
    const drafts = (await this.keep.all('drafts')).filter(([key, draft]) => key.startsWith(`${this.path}#`) || this.succeeds(key, draft));
    const own = drafts.find(([key]) => key === this.place);
    if (own && this.begun()) { // somebody was quicker than this script: what is typed now will be written in its place
      const [key, draft] = own;
      own[0] = `${key} ${draft.secret}`;
      await this.keep.write([['drafts', own[0], draft], ['drafts', key, undefined]]);
    } else if (own) {
      this.adopt(own[1]);
      drafts.splice(drafts.indexOf(own), 1);
    }
    const going = new Set((await this.keep.all('outbox')).map(([, entry]) => entry.draft?.older)); // made of it, and on its way
    for (const [key, draft] of drafts) if (!going.has(key)) this.offer(key, draft);
  }

  /** Whether this is a new version of what was begun under another open address: it is opened anew for each. */
  succeeds(key, { survey, version }) {
    return survey === this.phone.survey && version !== this.phone.version && key.startsWith('/s/') && this.path.startsWith('/s/');
  }

  /** Goes on with a draft: of another version, with what still fits. */
  adopt(draft) {
    const known = draft.version === this.phone.version;
    this.secret = (known && draft.secret) || newSecret();
    this.older = draft.older;
    this.take(known ? draft : { ...draft, current: null });
    this.say('keep.saved');
  }

  /** Takes up a draft instead of what stands here, unless somebody minds; tells whether it did. */
  async replace(draft) {
    if (this.begun() && !confirm(this.word('resume.replace_sure'))) return false;
    this.adopt(draft);
    await this.save();
    this.announce(this.word('resume.done'));
    return true;
  }

  /**
   * Offers a draft that cannot simply go on: of another version, or beside what is
   * typed here already. It stays until what was made of it is sent, since not all of
   * it may fit.
   */
  offer(key, draft) {
    const card = this.card('older', this.word(draft.version === this.phone.version ? 'keep.begun' : 'keep.older'),
      ['keep.take_over', async () => { if (await this.replace({ ...draft, older: key })) card.remove(); }],
      ['keep.download', () => download(`${draft.wave}.json`, draft)],
      ['keep.delete', async () => {
        if (!confirm(this.word('keep.delete_sure'))) return;
        await this.keep.write([['drafts', key, undefined]]);
        card.remove();
      }]);
    if (this.begun()) this.line.after(card); // below the buttons, which must not move under a finger
  }

  /** Writes the draft down, one after the other; tells whether it lasts. */
  save() {
    if (!this.mine || this.boxed || this.phone.kiosk) return this.written;
    const draft = this.sealed();
    this.unwritten = draft;
    this.written = this.written.then(async () => {
      if (this.over || !this.mine) return;
      const lasting = await this.keep.write([['drafts', this.place, draft]]);
      if (this.unwritten === draft) this.unwritten = null;
      this.say(lasting ? 'keep.saved' : 'keep.not_saved');
    });
    return this.written;
  }

  /**
   * Writes what is not written yet as the page goes: only the plainest place is quick
   * enough, and the browser gives up what is on its way into another. changed tells
   * whether there is something that save() has not been told of.
   */
  lastly(changed) {
    if (!this.unwritten && (!changed || this.boxed)) return;
    if (this.mine && !this.over && !this.phone.kiosk) this.keep.lastly([['drafts', this.place, this.sealed()]]);
  }

  sealed() {
    const { wave, survey, version } = this.phone;
    return { ...this.draft(), secret: this.secret, wave, survey, version, older: this.older };
  }

  // ---- One window at a time ---------------------------------------------------

  /** Takes the draft for this window, unless another has it. */
  async hold() {
    if (!navigator.locks || this.phone.kiosk) return;
    this.tabs?.addEventListener('message', ({ data }) => this.hear(data));
    const name = `bedarfslotse ${this.place}`;
    this.mine = await new Promise((resolve) => {
      navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise((release) => { this.release = release; });
      });
    });
    if (!this.mine) this.elsewhere();
  }

  async hear(what) {
    if (what === 'hand over' && this.mine && !this.over) {
      await this.save();
      this.mine = false;
      this.release?.();
      this.elsewhere();
    } else if (what === 'sent' && !this.over) {
      this.mine = false;
      this.freeze(true);
      this.card('elsewhere', this.word('keep.sent_elsewhere'), ['keep.again', () => location.replace(location.href)]);
    } else if (what === 'outbox') this.list();
  }

  elsewhere() {
    this.freeze(true);
    const card = this.card('elsewhere', this.word('keep.elsewhere'), ['keep.here', async () => {
      this.tabs?.postMessage('hand over');
      const name = `bedarfslotse ${this.place}`;
      const held = () => new Promise((release) => { this.release = release; });
      await new Promise((resolve) => { // a window that hangs does not let go: then it is taken from it
        navigator.locks.request(name, { signal: AbortSignal.timeout(2000) }, () => { resolve(); return held(); })
          .catch(() => navigator.locks.request(name, { steal: true }, () => { resolve(); return held(); }).catch(() => {}));
      });
      this.mine = true;
      card.remove();
      const draft = await this.keep.get('drafts', this.place);
      this.freeze(false);
      if (draft) this.adopt(draft);
    }]);
    card.querySelector('button').focus();
  }

  // ---- Sending ---------------------------------------------------------------

  /**
   * Puts a finished response into the outbox and tries to send it. Returns what
   * deliver says, with the receipt also while it waits; {failed} when this phone
   * can keep nothing and there is no network.
   */
  async finish(entries, details) {
    const answers = [...entries].filter(([name]) => name !== 'lang' && name !== 'version'); // in another language they are the same
    const id = this.secret + digest(new URLSearchParams(answers).toString());
    const body = new URLSearchParams(entries);
    body.append('submission_id', id);
    body.append(':day', today());
    for (const [name, value] of Object.entries(details)) if (value) body.append(name, value);
    const entry = { address: `/s/${encodeURIComponent(this.phone.wave)}`, place: this.place, title: this.phone.title, lang: this.phone.lang,
      kiosk: Boolean(this.phone.kiosk), work: Boolean(this.phone.work), body: body.toString(), draft: this.sealed(), state: 'waiting' };
    this.boxed = true; // no draft beside it, which would come back after it was sent
    await this.written;
    const lasting = await this.keep.write([['outbox', id, entry], ['drafts', this.place, undefined]]);
    const outcome = await bedarfslotse.deliver(this.keep, id);
    this.boxed = false;
    if (outcome.problems || (outcome.waiting && !lasting)) { // not gone: it goes on where it was
      await this.keep.write([['outbox', id, undefined], ['drafts', this.place, this.sealed()]]);
      return outcome.problems ? outcome : { failed: outcome.waiting };
    }
    if (outcome.refused === 'conflict') { // the next attempt is another one
      this.secret = newSecret();
      await this.keep.write([['outbox', id, undefined], ['drafts', this.place, this.sealed()]]);
      return { failed: 'conflict' };
    }
    if (outcome.refused) { // it stays in the outbox, where it can be seen
      await this.list();
      return { failed: outcome.refused };
    }
    this.over = true;
    this.tabs?.postMessage('sent');
    if (outcome.waiting) this.later();
    else if (this.path.startsWith('/q/')) navigator.serviceWorker?.controller?.postMessage({ forget: this.path });
    return { ...outcome, id, receipt: outcome.receipt ?? await receiptOf(id) };
  }

  /** Thanks, in place of the form. */
  thank(outcome) {
    this.form.remove();
    const main = document.getElementById('main');
    main.replaceChildren(document.getElementById('thanks').content.cloneNode(true), this.panel);
    document.querySelector('.languages')?.remove(); // its links lead to an empty survey
    this.tell(main, outcome);
    window.scrollTo(0, 0);
    main.querySelector('h1').focus({ preventScroll: true });
  }

  /** Tells on the page that thanks where the answers are, and when they have left this phone. */
  tell(main, outcome) {
    const [title, lead, receipt, about] = ['h1', '.lead', '[data-receipt]', '[data-statement]'].map((one) => main.querySelector(one));
    const words = { title: title.textContent, lead: lead.textContent };
    for (const card of this.panel.querySelectorAll('.older')) card.remove(); // there is nothing left here to take it over
    const fill = ({ receipt: code, statement, waiting }) => {
      title.textContent = waiting ? this.word('outbox.waiting') : words.title;
      lead.textContent = waiting ? this.word('outbox.waiting_text') : words.lead;
      receipt.textContent = code;
      receipt.closest('section').hidden = !code;
      about.hidden = !statement;
      about.querySelector('[data-statement-receipt]').textContent = statement ?? '';
      main.querySelector('.done').classList.toggle('waits', Boolean(waiting));
    };
    fill(outcome);
    if (!this.path.startsWith('/q/') && !this.phone.kiosk) {
      lead.after(act(this.word('keep.again'), () => location.replace(location.href)));
    }
    if (!outcome.waiting) return;
    // Whoever sends it, this page, another or the service worker, writes it down.
    this.watch = async () => {
      const entry = await this.keep.get('outbox', outcome.id);
      if (entry?.state === 'waiting') return;
      this.watch = null;
      if (entry) main.append(await this.entry(outcome.id, entry)); // refused: what can be done with it
      else {
        fill({ receipt: outcome.receipt, ...await this.keep.get('receipts', this.place) });
        this.announce(words.title);
      }
    };
  }

  /** Asks the browser to send when the network is back, and tries by itself. */
  async later() {
    clearTimeout(this.timer);
    this.pause = Math.min(2 * (this.pause ?? 2500), 300_000);
    this.timer = setTimeout(() => this.sendAll(), this.pause);
    const registration = await navigator.serviceWorker?.ready;
    await registration?.sync?.register('outbox').catch(() => {});
  }

  async sendAll() {
    const due = (await this.keep.all('outbox')).map(([, entry]) => entry).filter(({ state }) => state !== 'refused');
    if (!due.length) return;
    if (due.some(({ work }) => work)) await import(near('proof.js')).catch(() => {}); // another survey's may ask for it
    const outcomes = await bedarfslotse.deliverAll(this.keep);
    if ([...outcomes.values()].some((one) => one.waiting)) this.later();
    else this.pause = undefined;
    await this.list();
    this.tabs?.postMessage('outbox');
  }

  // ---- Cards -----------------------------------------------------------------

  /** Lists what waits, what was refused and what was sent from this phone. */
  async list() {
    await this.watch?.();
    const entries = await this.keep.all('outbox');
    const receipt = this.phone.kiosk ? undefined : await this.keep.get('receipts', this.place);
    const cards = await Promise.all(entries.map(([id, entry]) => this.entry(id, entry)));
    if (receipt) cards.push(this.sent(receipt));
    if (this.over) cards.length = 0; // the page that thanks says it
    settle(this.panel, cards);
    document.dispatchEvent(new Event('bedarfslotse:outbox')); // a kiosk counts what waits
  }

  async entry(id, entry) {
    const card = await entryCard(id, entry, { keep: this.keep, word: this.word, send: () => this.sendAll(), changed: () => this.list() });
    if (entry.problems && (entry.place.startsWith(`${this.path}#`) || this.succeeds(entry.place, entry.draft))) {
      const same = entry.place === this.place;
      card.querySelector('button').before(act(this.word(same ? 'outbox.correct' : 'keep.take_over'), async () => {
        if (!await this.replace(same ? entry.draft : { ...entry.draft, older: entry.place })) return;
        await this.keep.write([['outbox', id, undefined], ...(same ? [] : [['drafts', entry.place, entry.draft]])]);
        card.remove();
      }));
    }
    return card;
  }

  sent({ receipt, statement }) {
    const card = make('section', { className: 'card entry sent' }, make('h2', { textContent: this.word('outbox.sent') }),
      make('p', { textContent: this.word('outbox.sent_text') }),
      make('p', { className: 'receipt' }, make('code', { dir: 'ltr', textContent: receipt })),
      statement ? make('p', { className: 'receipt' }, make('code', { dir: 'ltr', textContent: statement })) : null);
    card.dataset.says = receipt;
    card.append(act(this.word('outbox.forget'), async () => {
      await this.keep.write([['receipts', this.place, undefined]]);
      card.remove();
    }));
    return card;
  }

  /** A card with a sentence and what can be done. */
  card(kind, text, ...actions) {
    if (kind !== 'older') this.panel.querySelector(`.${kind}`)?.remove(); // of those there may be several
    const card = make('section', { className: `card ${kind}` }, make('p', { textContent: text }));
    card.append(...actions.map(([key, work]) => act(this.word(key), work)));
    this.panel.prepend(card);
    return card;
  }

  say(key) { this.line.textContent = this.word(key); }

  // ---- Ready without network ----------------------------------------------------

  /** Registers the service worker and gives it what belongs to this document. */
  async worker() {
    if (!navigator.serviceWorker) return;
    const [, version] = /\/assets\/([^/]+)\//.exec(import.meta.url);
    await navigator.serviceWorker.register(`/sw.js?v=${version}`).catch(() => {});
    const { active } = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType('resource').map(({ name }) => name)
      .filter((name) => name.startsWith(`${location.origin}/assets/`) || name.startsWith(`${location.origin}/media/`));
    const later = ['view.js', 'view.css', 'aloud.js'].map((name) => new URL(name, import.meta.url).href); // perhaps not loaded yet
    active.postMessage({ keep: [location.href, `/offline?lang=${this.phone.lang}`, ...new Set([...files, ...later])] });
    navigator.serviceWorker.addEventListener('message', ({ data }) => { if (data.outbox) this.list(); });
  }
}
