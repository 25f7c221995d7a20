// Where no survey is shown, on the list of surveys and in place of one that is
// closed: sends what still waits on this phone, and shows what is left of it.
// Nearly always nothing is.

import './keep.js';

const keep = await bedarfslotse.open();
const kept = await Promise.all(['outbox', 'drafts'].map((kind) => keep.all(kind)));
if (kept.flat().length) await import('./left.js').then(({ show }) => show(keep));
