// What htmx leaves to the page: busy marks, focus after a swap, failures, ended sessions.
// Loaded on every page as a module; htmx itself is a deferred script before it.

const body = document.body;

// Times are shown in the reader's zone; the server cannot know it otherwise.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`time_zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// On a telephone the heads of several lists stand in one line that scrolls: the chosen one is in it.
for (const chosen of document.querySelectorAll(".heads > h1")) {
  const line = chosen.parentElement;
  const over = chosen.offsetLeft + chosen.offsetWidth - line.offsetLeft - line.clientWidth + 16;
  if (over > 0) line.scrollLeft = over;
}

/** Show a sentence in the toast region. */
function say(text) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = "";
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  region.replaceChildren(toast);
}

// A list that is fetched again while a card's button is being answered was drawn before that was
// stored, and would bring the card back. So a part with data-yields fetches itself only once all
// that was sent is answered, and what it is fetching then is asked for anew.
const sent = new Set();
const fetching = new Map();
const yielding = new Set();
body.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, xhr, requestConfig } = event.detail;
  const yields = elt.dataset.yields !== undefined;
  if (yields && sent.size) {
    yielding.add(elt);
    event.preventDefault();
    return;
  }
  if (yields) {
    fetching.set(elt, xhr);
    xhr.addEventListener("loadend", () => fetching.delete(elt));
  } else if (requestConfig.verb !== "get") {
    sent.add(xhr);
    xhr.addEventListener("loadend", () => answered(xhr)); // also when its button is gone by then
    for (const [part, running] of [...fetching]) {
      yielding.add(part);
      running.abort();
    }
  }
});
function answered(xhr) {
  sent.delete(xhr);
  if (sent.size) return;
  const parts = [...yielding];
  yielding.clear();
  for (const part of parts) part.dispatchEvent(new CustomEvent("yielded"));
}

// The part that waits for an answer says so. One that waits for more than that (a source that is
// asked) came with the mark and keeps it.
const marked = new WeakSet();
body.addEventListener("htmx:beforeRequest", ({ detail, defaultPrevented }) => {
  const { target } = detail;
  if (defaultPrevented || !target || target === body || target.hasAttribute("aria-busy")) return;
  marked.add(target);
  target.setAttribute("aria-busy", "true");
});
body.addEventListener("htmx:afterRequest", ({ detail: { target } }) => {
  if (target && target.isConnected && marked.delete(target)) target.removeAttribute("aria-busy");
});

// A session that ended answers with the sign-in page: go there instead of drawing it in a card.
body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const login = body.dataset.login;
  if (!login || !xhr.responseURL) return;
  const there = new URL(xhr.responseURL);
  if (there.pathname === login && location.pathname !== login) {
    event.preventDefault();
    location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  body.addEventListener(name, ({ detail }) => {
    // A part that fetches itself again will do so; only what a person pressed is worth a sentence.
    const by = detail.requestConfig?.triggeringEvent?.type;
    if (by === "click" || by === "submit" || by === "change") say(body.dataset.failed);
  });
}

// Focus stays where it was: the same button of the new part, else its heading or first link.
let held = null;
body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const focus = document.activeElement;
  held = null;
  if (!focus || focus === body || !detail.target?.contains(focus) || focus.id) return;
  const card = focus.closest("[data-card]");
  held = {
    key: focus.dataset.key || "",
    part: detail.target.id,
    after: card?.nextElementSibling ?? card?.previousElementSibling ?? null,
    card: Boolean(card),
  };
});
function giveBack(settled) {
  if (!held || (document.activeElement && document.activeElement !== body)) return;
  const { key, part, after, card } = held;
  held = null;
  const fresh = (part && document.getElementById(part)) || settled;
  const inside = fresh?.isConnected ? fresh : null;
  const goal =
    (key && inside?.querySelector(`[data-key="${key}"]`)) ||
    inside?.querySelector("[data-focus]") ||
    inside?.querySelector("[data-row-link]") ||
    (card && after?.querySelector("[data-row-link]")) ||
    inside?.querySelector("h1, h2, h3, a, button");
  if (!goal) return;
  if (/^H\d$/.test(goal.tagName)) goal.tabIndex = -1;
  goal.focus({ preventScroll: true });
}
body.addEventListener("htmx:afterSettle", ({ detail }) => giveBack(detail.elt));
// A card that left has nothing to settle: the next one is where to go on.
body.addEventListener("htmx:afterRequest", () => {
  if (held?.card && !document.getElementById(held.part)) giveBack(null);
});

// A card that came back with Undo is where to go on; the button that was pressed is gone.
body.addEventListener("card-restored", ({ detail }) => {
  const card = document.getElementById(detail.id) ?? document.getElementById("cards");
  (card?.querySelector("[data-row-link]") ?? card?.querySelector("a, button"))?.focus();
});

// Forms that take a while must not be sent twice by an impatient finger. Who comes back to the page
// may send again, and so may whose line broke.
const AGAIN_AFTER = 10000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.once === undefined) return;
  const now = Date.now();
  if (now - Number(form.dataset.sent ?? 0) < AGAIN_AFTER) event.preventDefault();
  else form.dataset.sent = String(now);
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A score that lies open over its card closes on Escape and when one goes elsewhere.
const opened = () => document.querySelectorAll("details.score[open]");
document.addEventListener("pointerdown", ({ target }) => {
  for (const score of opened()) if (!score.contains(target)) score.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const score of opened()) {
    score.open = false;
    score.querySelector("summary").focus();
  }
});

// What arrived is said once per part: a part that has something to say carries data-say.
body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const part = detail.elt;
  const words = part?.dataset?.say ?? part?.querySelector?.("[data-say]")?.dataset.say;
  const place = document.getElementById("said");
  if (words && place) place.textContent = words;
});
