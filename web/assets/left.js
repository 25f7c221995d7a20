// Shows what of somebody's answers is on this phone where there is no survey to
// show it: responses that wait or were refused, and what was begun.

import { act, download, entryCard, make, settle } from './cards.js';

/** Sends what waits, and shows what is left below what the page says. */
export async function show(keep) {
  const { lang } = document.documentElement;
  const words = await fetch(new URL(`words-${lang}.json`, import.meta.url)).then((answer) => answer.json()).catch(() => ({}));
  const left = new Left(keep, (key) => words[key] ?? key);
  await left.send();
  await left.list();
}

class Left {
  constructor(keep, word) {
    Object.assign(this, { keep, word, panel: make('div', { className: 'cards' }) });
    document.querySelector('.lead').after(this.panel);
  }

  async send() {
    const entries = await this.keep.all('outbox');
    if (entries.some(([, { work }]) => work)) await import('./proof.js').catch(() => {});
    if (entries.length) await bedarfslotse.deliverAll(this.keep);
  }

  async list() {
    const what = { keep: this.keep, word: this.word, send: () => this.send(), changed: () => this.list() };
    const entries = (await this.keep.all('outbox')).filter(([, { kiosk }]) => !kiosk); // of a kiosk's nobody who comes next sees anything
    const drafts = (await this.keep.all('drafts')).filter(([key]) => key.startsWith(`${location.pathname}#`));
    settle(this.panel, [...await Promise.all(entries.map(([id, entry]) => entryCard(id, entry, what))), ...drafts.map((one) => this.draft(one))]);
  }

  /** The card of what was begun of the survey that is not to be had here any more. */
  draft([key, draft]) {
    const card = make('section', { className: 'card entry older' }, make('p', { textContent: this.word('keep.begun') }),
      act(this.word('keep.download'), () => download(`${draft.wave}.json`, draft)),
      act(this.word('keep.delete'), async () => {
        if (!confirm(this.word('keep.delete_sure'))) return;
        await this.keep.write([['drafts', key, undefined]]);
        await this.list();
      }));
    card.dataset.says = key;
    return card;
  }
}
