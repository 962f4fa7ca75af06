// Keys: "/" search, "?" help, j and k next and previous row, w want, l keep, d dismiss, u to the
// toast's Undo (its reasons follow).
// A row is any element with data-row; its link has data-row-link, its buttons data-key.

const help = document.getElementById("keys");
const typing = (target) =>
  target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = document.activeElement?.closest("[data-row]");
  const from = here ? all.indexOf(here) : by > 0 ? -1 : all.length;
  const row = all[Math.min(all.length - 1, Math.max(0, from + by))];
  const link = row.querySelector("[data-row-link]") ?? row.querySelector("a, button");
  link?.focus();
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(event.target instanceof Element) || typing(event.target)) return;
  const here = event.target.closest("[data-row]");
  switch (event.key) {
    case "/": {
      const field = document.getElementById("q");
      if (!field) return;
      field.focus();
      field.select();
      break;
    }
    case "?":
      help?.showModal();
      break;
    case "j":
      step(1);
      break;
    case "k":
      step(-1);
      break;
    case "w":
    case "l":
    case "d": {
      const button = here?.querySelector(`[data-key="${event.key}"]`);
      if (!button) return;
      button.click();
      break;
    }
    case "u": {
      const undo = document.querySelector("[data-toast] [data-undo], .toast:not(.still) [data-undo]");
      if (!undo) return;
      undo.focus();
      break;
    }
    default:
      return;
  }
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-keys]")) help?.showModal();
});
