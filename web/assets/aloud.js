// Reads questions aloud, with a voice of this phone only: others would send the
// text away. Where the survey brings a recording, that is there instead.

const synth = globalThis.speechSynthesis;

// What voices call languages that have another name here, best first.
const names = { 'de-simple': ['de'], kmr: ['kmr', 'ku'] };

const base = (tag) => tag.split('-')[0];

/** A voice of the phone itself that speaks a language; undefined for none. */
function voiceFor(lang) {
  const local = synth.getVoices().filter((voice) => voice.localService === true)
    .map((voice) => [voice.lang.toLowerCase().replaceAll('_', '-'), voice])
    .filter(([tag]) => !tag.startsWith('ku-arab')); // that is Sorani
  for (const wanted of names[lang] ?? [lang.toLowerCase()]) {
    const found = local.find(([tag]) => tag === wanted) ?? local.find(([tag]) => base(tag) === base(wanted));
    if (found) return found[1];
  }
  return undefined;
}

/** What a question says, in order: label, hint, choices; for each its words and language. */
function textsOf(question) {
  const kinds = question.matches('.note') ? ':scope > div'
    : '.label, .hint, .choice > span:not(.must), .place > span, .order li > span, option, .ticks li';
  return [...question.querySelectorAll(kinds)]
    .filter((node) => shown(node.closest('[hidden], .unseen, .guidance'), question) && (node.localName !== 'option' || node.value))
    .map((node) => ({ text: wordsOf(node), lang: (node.querySelector(':scope > [lang]') ?? node).closest('[lang]').lang }))
    .filter(({ text }) => text);
}

// A question that is not asked yet is still one to read later.
const shown = (hidden, question) => !hidden || hidden.contains(question);

const wordsOf = (node) => node.textContent.trim().replace(/\s+/g, ' ') || [...node.querySelectorAll('img')].map(({ alt }) => alt).join(' ');

/** Whether the survey brings a recording of the question itself. */
const recorded = (question) => [...question.querySelectorAll('audio')].some((one) => !one.closest('.choice, .place, .order'));

/** Offers to read every question of a form that a voice can read. */
export function listen(form, word) {
  const reader = new Reader(word);
  const offer = () => form.querySelectorAll('.question, .note').forEach((question) => reader.offer(question));
  offer();
  synth.addEventListener?.('voiceschanged', offer); // many phones name their voices late
  form.addEventListener('turn', () => reader.stop());
  addEventListener('pagehide', () => reader.stop());
  new MutationObserver((changes) => {
    if (changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.matches?.('[data-instance]')))) offer();
  }).observe(form, { childList: true, subtree: true });
  new MutationObserver(() => { if (!form.isConnected) reader.stop(); }).observe(document.getElementById('main'), { childList: true });
}

/** Reads one question at a time. */
class Reader {
  constructor(word) {
    Object.assign(this, { word, button: null });
  }

  /** Puts a button at a question, or takes it away when no voice is left. */
  offer(question) {
    if (recorded(question)) return;
    const known = question.querySelector('.aloud');
    const [first] = textsOf(question);
    const able = first && voiceFor(first.lang);
    if (able && !known) place(question, this.make(question, first.text));
    else if (!able) known?.remove();
  }

  make(question, text) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'aloud', ariaPressed: 'false' });
    button.ariaLabel = this.word('aloud.read').replace('{Question}', () => text);
    button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 9v6h4l6 5V4L7 9zM16.5 8.5a5 5 0 0 1 0 7M19.5 5.5a9 9 0 0 1 0 13"/></svg>';
    button.addEventListener('click', () => {
      const again = this.button === button;
      this.stop();
      if (!again) this.read(question, button);
    });
    return button;
  }

  read(question, button) {
    const spoken = textsOf(question).map(({ text, lang }) => ({ text, voice: voiceFor(lang) })).filter(({ voice }) => voice);
    if (!spoken.length) return;
    this.button = button;
    button.ariaPressed = 'true';
    button.title = this.word('aloud.stop');
    const utterances = spoken.map(({ text, voice }) => Object.assign(new SpeechSynthesisUtterance(text), { voice, lang: voice.lang }));
    const over = () => { if (this.utterances === utterances) this.stop(); };
    this.utterances = utterances; // some browsers lose those that nobody holds
    utterances.at(-1).onend = over;
    for (const one of utterances) {
      one.onerror = over;
      synth.speak(one);
    }
  }

  stop() {
    if (!this.button) return;
    this.button.ariaPressed = 'false';
    this.button.removeAttribute('title');
    this.button = null;
    this.utterances = null;
    synth.cancel();
  }
}

/** Puts the button behind what asks. */
function place(question, button) {
  const row = question.querySelector(':scope > .row-label');
  const label = question.querySelector(':scope > :is(legend, label:not(.choice))');
  if (row) row.append(button);
  else if (label) label.after(button);
  else question.prepend(button);
}
