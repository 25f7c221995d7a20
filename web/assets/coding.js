// Coding free texts by keyboard: digits and a few letters give tags, keys lead from
// one text to the next. Without this script the page is one form.

const form = document.getElementById('coding');
const filter = document.getElementById('filter');
const status = document.getElementById('status');
let changed = false; // something here is not saved

for (const node of document.querySelectorAll('[data-script]')) node.hidden = false;

const tags = [...form.querySelectorAll('.cd-list > li')].map((item) => ({
  item, box: item.querySelector('input'), label: item.dataset.label, folded: item.dataset.label.toLowerCase(),
}));

/** Gives a tag or takes it away, and says which. */
function toggle(tag) {
  tag.box.checked = !tag.box.checked;
  changed = true;
  status.textContent = (tag.box.checked ? form.dataset.given : form.dataset.taken).replace('%s', tag.label);
}

/** Shows the tags whose label holds what was typed. */
function narrow(typed) {
  const sought = typed.trim().toLowerCase();
  for (const { item, folded } of tags) item.hidden = !folded.includes(sought);
}

const clear = () => { filter.value = ''; narrow(''); };

filter?.addEventListener('input', () => {
  const tag = /^[1-9]$/.test(filter.value) && tags.find(({ box }) => box.dataset.digit === filter.value);
  if (tag) {
    toggle(tag);
    clear();
  } else {
    narrow(filter.value);
  }
});
filter?.addEventListener('keydown', (event) => {
  if (event.isComposing) return;
  if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const first = filter.value.trim() && tags.find(({ item }) => !item.hidden);
    if (first) {
      toggle(first);
      clear();
    }
  } else if (event.key === 'Escape') {
    clear();
  }
});

// Enter alone would send the form. Some aids for typing send this beside the key.
filter?.addEventListener('keypress', (event) => { if (event.key === 'Enter') event.preventDefault(); });

// What was changed is not lost by going on without saving: the browser asks.
form.addEventListener('change', ({ target }) => { if (target !== filter) changed = true; });
form.addEventListener('input', ({ target }) => { if (target !== filter) changed = true; });
form.addEventListener('submit', () => { changed = false; });
window.addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });

document.addEventListener('keydown', (event) => {
  if (event.isComposing) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(document.getElementById('save'));
  } else if (event.altKey && !event.ctrlKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    document.getElementById(event.key === 'ArrowDown' ? 'after' : 'before')?.click();
  }
});

// Whoever comes from the text before goes on where they were.
if (filter && !document.getElementById('problem')) filter.focus({ preventScroll: true });
