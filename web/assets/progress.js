// Fetches how far a mailing is until it is done. What somebody has ticked or is
// reading with the keyboard is left alone.
const every = 3000;
const refresh = async () => {
  const shown = document.getElementById("progress");
  if (!("underway" in shown.dataset)) return;
  if (!shown.contains(document.activeElement) && !shown.querySelector("input:checked")) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("progress");
      if (answer.ok && fresh) shown.replaceWith(document.adoptNode(fresh));
    } catch { /* no network: next time */ }
  }
  setTimeout(refresh, every);
};
setTimeout(refresh, every);
