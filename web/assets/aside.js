// "Stop and go on later": a draft leaves this phone as a file, or encrypted under
// a code of four words, and comes back from either.

import { able, forget, newCode, readCode, setAside, takeUp } from './resume.js';

/** Tells whether something is a draft of this survey, of whatever version, and not just some file. */
const fits = (draft, { wave, survey }) => (draft?.wave === wave || draft?.survey === survey) && Array.isArray(draft.fields) &&
  draft.fields.every((field) => Array.isArray(field) && field.length === 2 && field.every((text) => typeof text === 'string')) &&
  Number.isFinite(draft.started) && Number.isInteger(draft.seed) && (draft.current === null || Number.isInteger(draft.current)) &&
  (draft.secret === undefined || /^[\da-f]{24}$/.test(draft.secret));

/** Builds both halves: leaving, which goes below the pages, and coming back, which goes to the start. */
export function build(stay) {
  const { word, phone, act, make } = stay;
  const told = make('div', {});
  told.setAttribute('role', 'status');
  const tell = (...nodes) => told.replaceChildren(...nodes);
  const say = (key) => tell(make('p', { textContent: word(key) }));

  const byCode = act(word('resume.by_code'), async () => {
    if (!able()) return say('resume.insecure');
    say('resume.working');
    const code = newCode();
    try {
      await stay.save();
      const last = await setAside(phone.wave, code, stay.sealed());
      const day = new Intl.DateTimeFormat(phone.lang, { dateStyle: 'long' }).format(new Date(`${last}T12:00`));
      tell(make('p', { className: 'receipt words' }, make('code', { dir: 'ltr', lang: 'zxx', textContent: code })),
        make('p', { textContent: word('resume.code_text').replace('{Day}', day) }));
    } catch { say('resume.failed'); }
    return undefined;
  });
  const leave = make('details', { className: 'aside' }, make('summary', { textContent: word('resume.title') }),
    make('p', { textContent: word('resume.text') }), byCode,
    act(word('keep.download'), () => stay.download()), told);

  const problem = make('p', { className: 'problem', id: 'p-resume', hidden: true });
  problem.setAttribute('role', 'alert');
  const refuse = (key) => { problem.textContent = word(key); problem.hidden = false; return false; };
  const take = async (draft) => {
    if (!fits(draft, phone)) return refuse('resume.bad_file');
    problem.hidden = true;
    return stay.replace({ ...draft, older: undefined }); // that one lies on the other device
  };
  const input = make('input', { id: 'resume-code', type: 'text', dir: 'ltr', autocomplete: 'off', spellcheck: false, autocapitalize: 'none' });
  input.setAttribute('aria-describedby', 'p-resume');
  const open = act(word('resume.open'), async () => {
    const code = readCode(input.value);
    if (!code) return refuse('resume.bad_code');
    if (!able()) return refuse('resume.insecure');
    problem.hidden = true;
    open.ariaDisabled = 'true';
    try {
      const draft = await takeUp(phone.wave, code);
      if (!draft) return refuse('resume.unknown');
      if (await take(draft)) await forget(phone.wave, code).catch(() => {}); // it has arrived; else the server forgets by itself
    } catch { refuse('resume.failed'); } finally { open.ariaDisabled = null; }
    return undefined;
  });
  const file = make('input', { type: 'file', accept: 'application/json,.json', className: 'unseen', tabIndex: -1, ariaHidden: 'true' });
  file.addEventListener('change', async () => {
    let draft = null;
    try { draft = JSON.parse(await file.files[0].text()); } catch { /* not one of ours, or gone meanwhile */ }
    await take(draft);
    file.value = '';
  });
  const back = make('details', { className: 'aside back' }, make('summary', { textContent: word('resume.go_on') }),
    make('div', { className: 'question' }, make('label', { htmlFor: 'resume-code', textContent: word('resume.enter_code') }), problem, input), open,
    file, act(word('resume.open_file'), () => file.click()));
  return { leave, back };
}
