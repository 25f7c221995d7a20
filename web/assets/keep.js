// What stays on this phone: drafts, finished responses that wait to be sent, and
// the receipts of those that were sent. Pages load it as a module, the service
// worker by importScripts, so it exports nothing and sets up one object.

(() => {
  const patience = 30_000; // milliseconds; a phone with two bars of network is slow
  const kinds = ['drafts', 'outbox', 'receipts'];

  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  /** Opens the database; fails where the browser denies it or never answers. */
  function openDatabase() {
    return new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('the database does not answer')), 3000);
      const request = indexedDB.open('bedarfslotse', 1);
      request.onupgradeneeded = () => kinds.forEach((kind) => request.result.createObjectStore(kind));
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error('the database is blocked'));
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
    });
  }

  /** The browser's database: what is written there outlives a flat battery. */
  class Database {
    constructor(opened) { this.opened = opened; }

    /** One transaction over all kinds; asked again once when the browser closed the connection. */
    async transact(mode, work) {
      let transaction;
      try {
        transaction = this.opened.transaction(kinds, mode, { durability: 'strict' });
      } catch {
        this.opened = await openDatabase();
        transaction = this.opened.transaction(kinds, mode, { durability: 'strict' });
      }
      const done = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error ?? new Error('the browser stopped it'));
      });
      const [result] = await Promise.all([work(transaction), done]);
      return result;
    }

    get(kind, key) { return this.transact('readonly', (t) => settled(t.objectStore(kind).get(key))); }

    all(kind) {
      return this.transact('readonly', async (t) => {
        const store = t.objectStore(kind);
        const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
        return keys.map((key, at) => [key, values[at]]);
      });
    }

    write(changes) {
      return this.transact('readwrite', async (t) => {
        for (const [kind, key, value] of changes) {
          const store = t.objectStore(kind);
          if (value === undefined) store.delete(key);
          else store.put(value, key);
        }
      });
    }
  }

  /** A second place, for browsers without a database and for a full one. */
  class Plain {
    constructor(storage) { this.storage = storage; }

    name(kind, key) { return `bedarfslotse:${kind}:${key}`; }

    get(kind, key) { return JSON.parse(this.storage.getItem(this.name(kind, key)) ?? 'null') ?? undefined; }

    all(kind) {
      const prefix = this.name(kind, '');
      return Array.from({ length: this.storage.length }, (_, at) => this.storage.key(at))
        .filter((name) => name?.startsWith(prefix))
        .map((name) => [name.slice(prefix.length), JSON.parse(this.storage.getItem(name))]);
    }

    write(changes) {
      for (const [kind, key, value] of changes) {
        if (value === undefined) this.storage.removeItem(this.name(kind, key));
        else this.storage.setItem(this.name(kind, key), JSON.stringify(value));
      }
    }
  }

  /** A third: this window's memory, with the manners of localStorage. */
  class Memory extends Map {
    getItem(name) { return this.get(name) ?? null; }
    setItem(name, value) { this.set(name, value); }
    removeItem(name) { this.delete(name); }
    key(at) { return [...this.keys()][at] ?? null; }
    get length() { return this.size; }
  }

  function localPlace() {
    try {
      localStorage.setItem('bedarfslotse:probe', '1');
      localStorage.removeItem('bedarfslotse:probe');
      return new Plain(localStorage);
    } catch { return null; } // denied, or a worker
  }

  /**
   * All places together, the best first. What an earlier place could not take is
   * written to a later one, and then that is the newest; what it can take
   * again is removed from the later ones.
   */
  class Keep {
    constructor(places) { this.places = places; }

    /** Whether what is kept outlives this window. */
    get lasting() { return this.places.length > 1; }

    async get(kind, key) {
      for (const place of [...this.places].reverse()) {
        const value = await Promise.resolve(place.get(kind, key)).catch(() => undefined);
        if (value !== undefined) return value;
      }
      return undefined;
    }

    async all(kind) {
      const found = new Map();
      for (const place of this.places) for (const [key, value] of await place.all(kind)) found.set(key, value);
      return [...found];
    }

    /**
     * Writes all of [kind, key, value] or nothing; undefined removes. Tells whether it
     * is kept where it outlives the window.
     */
    async write(changes) {
      for (const [at, place] of this.places.entries()) {
        try {
          await place.write(changes);
        } catch { continue; } // full or denied: the next place
        const gone = changes.map(([kind, key]) => [kind, key, undefined]);
        const removed = changes.filter(([, , value]) => value === undefined);
        for (const [other, further] of this.places.entries()) {
          if (other !== at) await Promise.resolve(further.write(other > at ? gone : removed)).catch(() => {});
        }
        return at < this.places.length - 1;
      }
      return false;
    }

    /** Writes at once, for a page that goes: into the place that does not make it wait. */
    lastly(changes) {
      try {
        this.places.find((place) => place instanceof Plain && !(place.storage instanceof Memory))?.write(changes);
      } catch { /* full: then what was written before stands */ }
    }
  }

  let opened = null;

  async function open() {
    const database = await openDatabase().then((one) => new Database(one)).catch(() => null);
    return new Keep([database, localPlace(), new Plain(new Memory())].filter((place) => place));
  }

  // ---- Sending ---------------------------------------------------------------

  /**
   * Sends an entry of the outbox and tells what became of it: {receipt, statement}
   * when it is stored; {waiting} with the reason when it has to be tried again;
   * {refused} with the reason, and the problems when answers do not fit.
   */
  async function send(entry) {
    let answer;
    try {
      answer = await fetch(entry.address, {
        method: 'POST', headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' }, body: entry.body,
        credentials: 'omit', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout?.(patience),
      });
    } catch { return { waiting: 'network' }; }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && told.receipt) return { receipt: told.receipt, statement: told.statement_receipt };
    if (answer.ok) return { waiting: 'network' }; // somebody else answered: the sign-in page of a café, say
    if (answer.status === 422 && told.errors) return { refused: 'problems', problems: told.errors };
    const refused = { 400: 'server', 404: 'closed', 409: 'conflict', 410: 'closed', 413: 'too_large', 422: 'server' }[answer.status];
    return refused ? { refused } : { waiting: answer.status === 429 ? 'too_many' : 'server' };
  }

  /** Sends one entry and writes down what became of it. */
  async function deliver(keep, id) {
    let entry = await keep.get('outbox', id);
    if (!entry) return { gone: true };
    if (entry.work && !globalThis.bedarfslotseProof) return { waiting: 'network' }; // could not be loaded
    if (entry.work) {
      entry = { ...entry, work: false, body: `${entry.body}&${new URLSearchParams({ ':proof': await bedarfslotseProof(id) })}` };
      await keep.write([['outbox', id, entry]]);
    }
    const outcome = await send(entry);
    if (outcome.receipt) {
      const receipt = { receipt: outcome.receipt, statement: outcome.statement, title: entry.title, lang: entry.lang };
      const older = entry.draft?.older; // the draft that the answers were taken over from
      await keep.write([['outbox', id, undefined], ...(older ? [['drafts', older, undefined]] : []),
        ...(entry.kiosk ? [] : [['receipts', entry.place, receipt]])]);
    } else {
      const state = outcome.refused ? 'refused' : 'waiting';
      await keep.write([['outbox', id, { ...entry, state, reason: outcome.refused ?? outcome.waiting, problems: outcome.problems }]]);
    }
    return outcome;
  }

  /** Sends everything that waits, one sender at a time; returns the outcomes by id. */
  async function deliverAll(keep) {
    const work = async () => {
      const outcomes = new Map();
      for (const [id, entry] of await keep.all('outbox')) {
        if (entry.state === 'refused') continue;
        const outcome = await deliver(keep, id);
        outcomes.set(id, outcome);
        if (outcome.waiting && outcome.waiting !== 'server') break; // the others would fare no better now
      }
      return outcomes;
    };
    return navigator.locks ? navigator.locks.request('bedarfslotse-outbox', work) : work();
  }

  globalThis.bedarfslotse = { open: () => { opened ??= open(); return opened; }, deliver, deliverAll };
})();
