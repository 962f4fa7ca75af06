// One key for each answer of a doubtful match: the key of a button presses it. A key that is pressed
// twice answers once; one whose request was stopped can be pressed again after some seconds.
let sent = false;
document.addEventListener("submit", (event) => {
  if (!event.target.closest(".review")) return;
  if (sent) event.preventDefault();
  sent = true;
  setTimeout(() => { sent = false; }, 3000);
});
addEventListener("pageshow", () => { sent = false; });
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const button = document.querySelector(`.review [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
