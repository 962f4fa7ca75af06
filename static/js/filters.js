// Filter bars: the petrol dots follow the choices at once, and on phones the bar is a sheet.
// The request itself is htmx's (hx-trigger="change, submit" on the form).

const chosen = (field) => {
  if (field instanceof HTMLSelectElement) {
    return field.selectedIndex > 0 ? field.selectedOptions[0].textContent.trim() : "";
  }
  return field.value.trim();
};

function say(form) {
  const words = [];
  for (const label of form.querySelectorAll("label")) {
    const field = label.querySelector("select, input");
    if (!field) continue;
    const value = chosen(field);
    label.classList.toggle("on", Boolean(value));
    if (value) words.push(value);
  }
  const line = document.querySelector(`[data-filters-said="${CSS.escape(form.id)}"]`);
  if (line) line.textContent = words.join(", ") || line.dataset.none;
}

function shut(form) {
  form.classList.remove("open");
  const opener = document.querySelector(`[data-filters-open="${CSS.escape(form.id)}"]`);
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
}

for (const form of document.querySelectorAll("form[data-filters]")) say(form);

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filters]");
  if (form) say(form);
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-filters-open]");
  if (opener) {
    const form = document.getElementById(opener.dataset.filtersOpen);
    form.classList.add("open");
    opener.setAttribute("aria-expanded", "true");
    form.querySelector("select, input:not([type=hidden])")?.focus();
    return;
  }
  const closer = event.target.closest("[data-filters-close]");
  if (closer) shut(closer.closest("form"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const form = document.querySelector("form[data-filters].open");
  if (form) shut(form);
});
