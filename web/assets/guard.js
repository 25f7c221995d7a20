// Nobody leaves a page of the desk while what they typed is on its way: a link
// waits until it is saved, and before any other way out the browser asks. What is
// still being sent when a page goes, browsers give up.

/**
 * Guards a page. pending() tells whether something is not saved, or not yet;
 * save() saves it and resolves when that succeeded or failed.
 */
export function guard(pending, save) {
  document.addEventListener('click', async (event) => {
    const link = event.target.closest('a[href]');
    if (!link || event.defaultPrevented || !pending()) return;
    if (link.target || link.hasAttribute('download') || event.ctrlKey || event.metaKey || event.shiftKey) return; // this page stays
    event.preventDefault();
    await save();
    location.href = link.href;
  });
  addEventListener('beforeunload', (event) => {
    if (!pending()) return;
    save();
    event.preventDefault();
  });
}
