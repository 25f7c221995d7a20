// Takes the place of stay.js where a survey is tried out: nothing is kept on this
// device and nothing is sent to be stored. What was answered goes to a page that
// shows it.

const { make } = await import('./cards.js');

/** Begins a trial; see [begin] in stay.js. */
export async function begin({ form }) {
  const around = form.parentNode; // its own properties may be hidden by the names of questions
  return {
    save() {},
    lastly() {},
    thank() {},
    finish(entries, details) {
      const sent = make('form', { method: 'post', hidden: true });
      sent.setAttribute('action', around.getAttribute('action'));
      const all = [...entries, ...Object.entries(details), ['_csrf', document.getElementsByName('_csrf')[0].value]];
      sent.append(...all.filter(([, value]) => value !== '').map(([name, value]) => make('input', { type: 'hidden', name, value })));
      document.body.append(sent);
      HTMLFormElement.prototype.submit.call(sent);
      return new Promise(() => {}); // the page goes
    },
  };
}
