// A slider beside the number of a range. Loaded where a survey has such a range.

/** Puts a slider beside the control of a question; tools.digits writes numbers as readers do. */
export class Slider {
  constructor({ item, node }, typed, tools) {
    Object.assign(this, { typed, tools });
    const { start, step, decimals, low, high, placeholder } = item.range;
    this.control = tools.make('input', { type: 'range', className: 'slider unset', min: low, max: high, step: step / 10 ** decimals });
    if (placeholder) this.control.value = placeholder;
    this.control.setAttribute('aria-label', node.querySelector('.label').textContent);
    if ((start / 10 ** decimals) !== Number(low)) this.control.style.direction = document.dir === 'rtl' ? 'ltr' : 'rtl';
    this.control.addEventListener('input', () => {
      typed.value = tools.digits(Number(this.control.value)); // before the form hears of it
    });
    typed.after(this.control);
    const marks = node.querySelector('.marks');
    if (!marks) return;
    for (const mark of marks.children) mark.style.insetInlineStart = `${mark.dataset.at}%`;
    marks.hidden = false;
    this.control.after(marks);
  }

  /** Puts it where the answer is. */
  settle(values) {
    this.control.classList.toggle('unset', !values.length);
    this.control.setAttribute('aria-valuetext', values.length ? this.typed.value : this.tools.word('no_answer'));
    if (values.length) [this.control.value] = values;
  }
}
