// Rank lists: choices to move up and down, instead of a number for each. Loaded
// where a survey has such a question.

/**
 * The list of one question, in place of its plain controls. Of its tools it needs
 * word(key), isolate(text), digits(number), make(tag, properties, …children),
 * changed(control) and announce(text).
 */
export class Order {
  constructor(cell, tools) {
    Object.assign(this, { cell, tools });
    const plain = cell.node.querySelector('.places');
    const selects = [...plain.querySelectorAll('select')];
    const [{ id, name }] = selects;
    const placed = selects.filter((one) => one.value).sort((a, b) => parseInt(a.value, 10) - parseInt(b.value, 10));
    this.list = tools.make('ol', { className: 'order' });
    this.list.setAttribute('aria-labelledby', `l-${cell.name}`);
    this.list.append(...selects.map((select) => this.row(select)));
    this.answer = tools.make('input', { type: 'hidden', name });
    if (placed.length === selects.length) this.answer.value = placed.map((one) => one.dataset.choice).join(' ');
    this.use = tools.make('button', { type: 'button', className: 'button secondary', id });
    this.use.addEventListener('click', () => {
      this.answer.value = cell.values.length ? '' : this.standing().join(' ');
      tools.changed(this.answer);
    });
    const hint = tools.make('p', { className: 'hint', textContent: tools.word('rank.hint_phone') });
    plain.replaceChildren(hint, this.list, this.use, this.answer);
  }

  /** A choice with its buttons, made of the control for its place. */
  row(select) {
    const label = select.parentNode.querySelector('span');
    const row = this.tools.make('li', {}, label);
    row.dataset.choice = select.dataset.choice;
    if ('apart' in select.dataset) row.dataset.apart = '';
    for (const [way, sign, by] of [['up', '↑', -1], ['down', '↓', 1]]) {
      const button = this.tools.make('button', { type: 'button', textContent: sign });
      button.setAttribute('aria-label', this.tools.word(`rank.${way}`).replace('{Choice}', this.tools.isolate(label.textContent)));
      button.addEventListener('click', () => this.move(row, by));
      row.append(button);
    }
    return row;
  }

  rows() { return [...this.list.children].filter((row) => !row.hidden); }

  standing() { return this.rows().map((row) => row.dataset.choice); }

  /** Moves a choice up or down; whoever moves one has answered. */
  move(row, by) {
    const rows = this.rows();
    const to = rows[rows.indexOf(row) + by];
    if (!to) return;
    const focused = document.activeElement;
    if (by < 0) to.before(row);
    else to.after(row);
    this.answer.value = this.standing().join(' ');
    this.tools.changed(this.answer);
    focused.focus();
    this.tools.announce(this.tools.word('rank.moved').replace('{Choice}', this.tools.isolate(row.querySelector('span').textContent))
      .replace('{Place}', this.tools.digits(this.rows().indexOf(row) + 1)));
  }

  /** Puts the rows in the order that was answered, and says so on the buttons. */
  settle() {
    const { values } = this.cell;
    const rows = new Map([...this.list.children].map((row) => [row.dataset.choice, row]));
    for (const choice of values.join(' ').split(' ')) if (rows.has(choice)) this.list.append(rows.get(choice));
    this.list.classList.toggle('set', values.length > 0);
    this.use.textContent = this.tools.word(values.length ? 'rank.clear' : 'rank.use');
    const shown = this.rows();
    for (const row of this.list.children) {
      const [up, down] = row.querySelectorAll('button');
      up.ariaDisabled = String(row === shown[0]);
      down.ariaDisabled = String(row === shown.at(-1));
    }
  }

  /** Shows the choices that are offered; an order of others is none any more. */
  offer(offered) {
    for (const row of this.list.children) row.hidden = !offered(row.dataset.choice);
    const { values } = this.cell;
    if (values.length && values[0].split(' ').sort().join(' ') !== this.standing().sort().join(' ')) this.cell.write([]);
  }
}
