// Buttons that copy a text beside them; without them it can be selected.
const told = document.querySelector("[data-copied]");
for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch { // not over https, or not allowed: what is selected is copied the old way
      if (!document.execCommand("copy")) return;
    }
    told.textContent = "";
    told.textContent = told.dataset.copied;
  });
}
