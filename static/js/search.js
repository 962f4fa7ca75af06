// The header's search as a combobox. htmx fetches the list while one types; without script the
// form simply leads to the page of results.
//
// The answer (templates/catalog/_suggest.html) goes inside <div id="suggest" role="listbox"> and holds
// components/_search_list.html: groups of <a role="option" id="..." href="...">
// and, anywhere in it, an element with [data-count] whose text is announced ("2 results").
// An empty answer closes the list. The option under the arrows gets aria-selected and class "at".

const input = document.getElementById("q");
const list = document.getElementById("suggest");
const count = document.getElementById("suggest-count");

if (input && list) {
  let at = -1;
  const options = () => [...list.querySelectorAll('[role="option"]')];

  const mark = (index) => {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, i) => {
      const row = option.closest("li") ?? option;
      row.classList.toggle("at", i === at);
      option.setAttribute("aria-selected", String(i === at));
    });
    const chosen = all[at];
    if (chosen) {
      if (!chosen.id) chosen.id = `suggest-${at}`;
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const open = () => {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  list.addEventListener("htmx:afterSwap", () => {
    at = -1;
    if (!list.textContent.trim() || !input.value.trim() || document.activeElement !== input) {
      close();
      return;
    }
    open();
    if (count) count.textContent = list.querySelector("[data-count]")?.textContent.trim() ?? "";
  });

  input.addEventListener("input", () => {
    if (!input.value.trim()) close();
  });
  input.addEventListener("focus", () => {
    if (input.value.trim() && list.textContent.trim()) open();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const shut = list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (shut && list.textContent.trim()) open();
      if (list.hidden) return;
      event.preventDefault();
      if (event.key === "ArrowDown") mark(at + 1);
      else mark(at < 0 ? -1 : at - 1);
    } else if (event.key === "Enter" && !shut && at >= 0) {
      const chosen = options()[at];
      if (chosen?.href) {
        event.preventDefault();
        location.assign(chosen.href);
      }
    } else if (event.key === "Escape" && !shut) {
      event.preventDefault();
      close();
    }
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".find")) close();
  });
}
