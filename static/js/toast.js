// Toasts leave after ten seconds. The bar waits while the toast is focused or under the pointer.

const SECONDS = 10;
const region = document.getElementById("toasts");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function start(toast) {
  const bar = toast.querySelector("svg rect");
  let left = SECONDS * 1000;
  let last = performance.now();
  function tick(now) {
    if (!toast.isConnected) return;
    const waits = toast.matches(":focus-within, :hover") || document.hidden;
    if (!waits) left -= now - last;
    last = now;
    if (left <= 0) {
      toast.remove();
      return;
    }
    // Reduced motion: the bar stays whole, only the clock runs.
    if (bar && !calm.matches) bar.setAttribute("width", String((left / SECONDS) / 10));
    requestAnimationFrame(tick);
  }
  requestAnimationFrame(tick);
}

function adopt(root) {
  for (const toast of root.querySelectorAll("[data-toast]:not([data-started])")) {
    toast.dataset.started = "";
    start(toast);
  }
}

if (region) {
  adopt(region);
  // The region itself may be swapped out of band, so its parent is watched.
  new MutationObserver(() => {
    const now = document.getElementById("toasts");
    if (now) adopt(now);
  }).observe(document.body, { childList: true, subtree: true });
}

document.body.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast] [data-close]");
  if (button) button.closest("[data-toast]").remove();
});

// Once Undo was answered the toast has said all it had to say.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const toast = detail.elt?.closest?.("[data-toast]");
  if (toast && detail.successful) toast.remove();
});
