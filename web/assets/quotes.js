// Answers inside of texts: what a question or a message says in place of ${name}.
// Loaded where a survey has such texts, or choices made of answers.

/** What stands between two languages where there is no markup, as the server writes it. */
const pairing = ' · \u2068';

/** The words of a node; of a pair of languages the first ones or the second. */
function said(node, at) {
  const pair = node.querySelector('.pair')?.children;
  const texts = pair ? [...pair].map((one) => one.textContent) : node.textContent.split(pairing);
  return (texts[at] ?? texts[0]).replace(/\u2069$/, '').trim();
}

/** The texts of a form; cellAt(node, name) finds what they name, separator stands between several choices. */
export class Quotes {
  constructor(form, cellAt, separator) {
    Object.assign(this, { form, cellAt, separator, spans: null });
  }

  /** Is told when other texts are in the form. */
  forget() { this.spans = null; }

  /** Puts the answers into the texts. */
  settle() {
    this.spans ??= [...this.form.querySelectorAll('[data-ref]')];
    for (const span of this.spans) {
      const cell = this.cellAt(span.parentNode, span.dataset.ref);
      span.textContent = (cell?.relevant && this.spoken(cell, span.closest('.also') ? 1 : 0)) || '…';
    }
  }

  /** A sentence with answers in place of ${name}, as seen from a scope. */
  say(text, scope) {
    const seen = (name, at = scope) => at && (at.cells.get(name) ?? seen(name, at.parent));
    return text?.split(pairing).map((part, at) => part
      .replace(/\$\{([^{}]+)\}/g, (_, name) => (seen(name)?.relevant && this.spoken(seen(name), at)) || '…')).join(pairing);
  }

  /** An answer in words: a choice's label, else what was typed; in the second language for 1. */
  spoken(cell, at = 0) {
    const labels = cell.controls().filter((one) => one.checked).map((one) => said(one.parentNode, at));
    const chosen = [...((cell.mirror ?? cell.controls()[0])?.selectedOptions ?? [])].filter((one) => one.value).map((one) => said(one, at));
    if (cell.order && cell.values.length) labels.push(...cell.order.rows().map((row) => said(row.querySelector('span'), at)));
    if (cell.proposals && cell.values.length) labels.push(cell.proposals.label(cell.values[0]));
    return [...labels, ...chosen].join(this.separator) || cell.text;
  }
}
