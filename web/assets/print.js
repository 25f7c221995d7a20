// The button that prints, for browsers that can.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
