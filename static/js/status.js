// The live log of the status page: a line that is here already is not drawn twice, and a page
// that stays open for hours keeps only the newest lines.

const KEPT = 200;

document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  const { type, lastEventId } = event.detail;
  if (type === "line" && document.getElementById(`line-${lastEventId}`)) event.preventDefault();
});

document.body.addEventListener("htmx:sseMessage", ({ target }) => {
  if (target.id !== "log-lines") return;
  while (target.rows.length > KEPT) target.rows[target.rows.length - 1].remove();
});
