// Questions that are asked several times over: their instances in the document.
// Loaded where a survey has a repeat.

/** Gives an instance, and all in it that is named after it, another number. */
function rename(node, name) {
  const old = node.dataset.instance;
  if (old === name) return;
  for (const one of [node, ...node.querySelectorAll('*')]) {
    for (const { name: attribute, value } of [...one.attributes]) {
      const named = attribute !== 'value' || one.localName === 'button';
      if (named && value.includes(old)) one.setAttribute(attribute, value.replaceAll(old, name));
    }
  }
}

/**
 * The instances of a repeat in one scope. Of its tools it needs digits(number),
 * scope(node, cell), which takes what is asked in an instance, and fresh(), which
 * is told when one comes or goes.
 */
export class Repeat {
  constructor(cell, tools) {
    Object.assign(this, { node: cell.node, cell, tools });
    const nodes = [...this.node.querySelectorAll(':scope > [data-instance]')];
    this.blank = nodes[0].cloneNode(true);
    this.instances = nodes.map((node) => tools.scope(node, cell));
  }

  resize(count) {
    const wanted = Math.min(200, Math.max(0, Math.trunc(count) || 0));
    const resized = this.instances.length !== wanted;
    while (this.instances.length > wanted) this.remove(this.instances.at(-1));
    while (this.instances.length < wanted) this.add();
    return resized;
  }

  add() {
    const node = this.blank.cloneNode(true);
    rename(node, `${this.node.dataset.repeat}[${this.instances.length}]`);
    const last = this.instances.at(-1)?.node;
    if (last) last.after(node);
    else this.node.querySelector(':scope > .add, :scope > :last-child')?.before(node) ?? this.node.append(node);
    this.instances.push(this.tools.scope(node, this.cell));
    this.tools.fresh();
    this.number();
    return this.instances.at(-1);
  }

  remove(instance) {
    instance.node.remove();
    this.instances.splice(this.instances.indexOf(instance), 1);
    this.tools.fresh();
    this.number();
  }

  number() {
    this.instances.forEach(({ node }, at) => {
      rename(node, `${this.node.dataset.repeat}[${at}]`);
      node.querySelector('[data-number]').textContent = this.tools.digits(at + 1);
      const remove = node.querySelector(':scope > .remove');
      if (remove) remove.hidden = this.instances.length < 2;
    });
  }
}

/**
 * Does what a button of a repeat says; any other button is none of its business.
 * Of the tools it needs cellOf(node), begin(instance), which gives what is asked
 * in it its first values, settle(), reveal(node), announce(text) and word(key).
 */
export function press(button, { cellOf, begin, settle, reveal, announce, word }) {
  if (button?.name === ':add') {
    const instance = cellOf(button).repeat.add();
    begin(instance);
    reveal(instance.node);
    instance.node.querySelector('input:not([type=hidden]), select, textarea, .order button')?.focus();
    announce(word('instance_added'));
  } else if (button?.name === ':remove') {
    const node = button.closest('[data-instance]');
    const { repeat } = cellOf(node.parentNode);
    repeat.remove(repeat.instances.find((one) => one.node === node));
    settle();
    if (repeat.instances.length) reveal(repeat.instances.at(-1).node);
    repeat.node.querySelector(':scope > .add')?.focus(); // not that of a repeat inside
    announce(word('instance_removed'));
  }
}
