// The cards that say what of somebody's answers is on this phone, and what can be
// done with it: on a survey's own page and on those where there is none.

export const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child));
  return node;
};

/** A quiet button. */
export function act(text, work) {
  const button = make('button', { type: 'button', className: 'button quiet', textContent: text });
  button.addEventListener('click', work);
  return button;
}

/** The receipt as the server makes it; '' where the browser cannot hash, which it does only over https. */
export async function receiptOf(id) {
  if (!crypto.subtle) return '';
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id)));
  const bits = Array.from(sum.slice(0, 10), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{5}/g).map((five) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[parseInt(five, 2)]);
  return letters.join('').match(/.{4}/g).join('-');
}

/** Offers a text as a file to save. */
export function download(name, content) {
  const link = make('a', { href: URL.createObjectURL(new Blob([JSON.stringify(content)], { type: 'application/json' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * The card of a response that waits or was refused. What it needs: keep, word(key),
 * send(), which tries to send everything that waits, and changed(), called when
 * the card may say something else.
 */
export async function entryCard(id, entry, { keep, word, send, changed }) {
  const refused = entry.state === 'refused';
  const receipt = await receiptOf(id);
  const card = make('section', { className: `card entry ${refused ? 'refused' : 'unsent'}` },
    make('h2', { textContent: word(refused ? 'outbox.refused' : 'outbox.waiting') }),
    make('p', {}, make('bdi', { textContent: entry.title })),
    make('p', { textContent: word(refused ? 'outbox.refused_text' : 'outbox.waiting_text') }),
    refused && !entry.problems ? make('p', { className: 'problem', textContent: word(`send_failed.${entry.reason}`) }) : null,
    refused || !receipt ? null : make('p', { textContent: word('outbox.receipt') }),
    refused || !receipt ? null : make('p', { className: 'receipt' }, make('code', { dir: 'ltr', textContent: receipt })));
  card.dataset.says = JSON.stringify([id, entry.state, ...(refused ? [entry.reason, entry.problems] : [])]);
  for (const { message } of entry.problems ?? []) card.append(make('p', { className: 'problem', textContent: message }));
  card.append(
    act(word('outbox.retry'), async () => {
      await keep.write([['outbox', id, { ...entry, state: 'waiting' }]]);
      await send();
      await changed();
    }),
    act(word('keep.download'), () => download(`${entry.draft.wave}.json`, entry.draft)),
    act(word('keep.delete'), async () => {
      if (!confirm(word('keep.delete_sure'))) return;
      await keep.write([['outbox', id, undefined]]);
      await changed();
    }));
  return card;
}

/** Puts cards in place of those that say something else; others stay: somebody may have a finger on them. */
export function settle(panel, cards) {
  const shown = new Map(Array.from(panel.querySelectorAll('.entry'), (card) => [card.dataset.says, card]));
  const wanted = new Set(cards.map((card) => card.dataset.says));
  for (const [says, card] of shown) if (!wanted.has(says)) card.remove();
  panel.prepend(...cards.filter((card) => !shown.has(card.dataset.says)));
}
