// How the survey is shown on this phone: large type, one question at a time, and
// read aloud. Loaded when the document stands; what is chosen stays on the phone.

const root = document.documentElement;
const place = 'bedarfslotse:view';

const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

const near = (name) => new URL(name, import.meta.url);

/** The sentences in the page's language, else in English. */
async function sentences() {
  for (const lang of [root.lang, 'en']) {
    const answer = await fetch(near(`words-${lang}.json`));
    if (answer.ok) return answer.json();
  }
  return {};
}

/** Gives what is drawn with it later its style. */
function dressed() {
  return new Promise((resolve) => {
    const link = make('link', { rel: 'stylesheet', href: near('view.css'), onload: resolve, onerror: resolve });
    document.head.append(link);
  });
}

/** Begins; needs the form, and recut(how), which cuts pages into stops. */
export async function begin({ form, recut }) {
  const [words] = await Promise.all([sentences(), dressed()]);
  const word = (key) => words[key] ?? key;
  const menu = new Menu(form, recut, word);
  document.querySelector('span.view').replaceWith(menu.node); // the same size: nothing moves
  if (menu.chosen.has('single')) menu.apply();
  if (globalThis.speechSynthesis?.getVoices) {
    const { listen } = await import('./aloud.js');
    listen(form, word);
  }
}

/** What one chooses from, in the page's head. */
class Menu {
  constructor(form, recut, word) {
    Object.assign(this, { form, recut, chosen: new Set(root.dataset.view.split(' ').filter((one) => one)) });
    const list = make('ul', {}, ...['large', 'single'].map((name) => {
      const box = make('input', { type: 'checkbox', name: `:view-${name}`, autocomplete: 'off', checked: this.chosen.has(name) });
      box.addEventListener('change', () => this.choose(name, box.checked));
      return make('li', {}, make('label', {}, box, make('span', { textContent: word(`view.${name}`) })));
    }));
    const summary = make('summary', {});
    summary.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 19 7 6l5 13M4 15h6M14 19l3.5-9 3.5 9M15 16h5"/></svg>';
    summary.append(make('span', { textContent: word('view.title') }));
    this.node = make('details', { className: 'view' }, summary, list);
    document.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || !this.node.open) return;
      this.node.open = false;
      summary.focus();
    });
  }

  choose(name, wanted) {
    if (wanted) this.chosen.add(name);
    else this.chosen.delete(name);
    root.dataset.view = [...this.chosen].join(' ');
    try {
      localStorage.setItem(place, root.dataset.view);
    } catch { /* then it holds for this page */ }
    if (name === 'single') this.apply();
  }

  /** Cuts the pages as it is chosen. */
  apply() {
    const single = this.chosen.has('single');
    this.form.classList.toggle('single', single);
    columns(this.form, !single);
    this.recut(single ? stopsOf : undefined);
  }
}

/** What of a page is shown one after the other: questions, notes, and entries as a whole. */
function stopsOf(page) {
  columns(page, false); // entries that came meanwhile bring theirs
  const whole = '.statement, .instance';
  const stops = [...page.querySelectorAll(`.question, .note, ${whole}`)]
    .filter((node) => !node.parentNode.closest(whole));
  for (const node of stops) node.classList.add('stop');
  const shown = stops.filter((node) => !node.closest('[hidden]'));
  return shown.length ? shown : [page];
}

/** Lets the rows of matrices stand in columns below one head, or each by itself. */
function columns(node, wanted) {
  for (const matrix of node.querySelectorAll(wanted ? '[data-columns]' : '.matrix[class*="columns-"]')) {
    const name = matrix.dataset.columns ?? /columns-\d+/.exec(matrix.className)[0];
    matrix.classList.toggle(name, wanted);
    if (wanted) delete matrix.dataset.columns;
    else matrix.dataset.columns = name;
  }
}
