// Price charts: a hand reads single days and zooms. The chart itself is drawn by the server; what
// is shown here comes from the table beside it.
// figure[data-chart=id of the table]; svg data-left, -right, -top, -bottom: the frame;
// data-least, data-most: the prices at its foot and head; data-start, data-end: its days.

const DAY = 86400000;
const GAP = 7 * DAY;
const LEAST_SPAN = 13 * DAY;

function rowsOf(figure) {
  const table = document.getElementById(figure.dataset.chart);
  return [...table.querySelectorAll("tr[data-day]")]
    .map((row) => ({
      at: Date.parse(row.dataset.day),
      low: Number(row.dataset.low),
      median: Number(row.dataset.median),
      said: [...row.cells].map((cell) => cell.textContent.trim()),
    }))
    .reverse();
}

function frameOf(svg) {
  const { left, right, top, bottom, least, most, start, end } = svg.dataset;
  return {
    left: Number(left), right: Number(right), top: Number(top), bottom: Number(bottom),
    least: Number(least), most: Number(most), start: Date.parse(start), end: Date.parse(end),
  };
}

function element(svg, name, css) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  made.setAttribute("class", css);
  svg.append(made);
  return made;
}

class PriceChart {
  constructor(figure) {
    this.figure = figure;
    this.rows = rowsOf(figure);
    this.hand = figure.querySelector(".chart-hand");
    this.output = this.hand.querySelector("output");
    this.views = [...figure.querySelectorAll("svg")].map((svg) => ({
      svg,
      frame: frameOf(svg),
      dates: [...svg.querySelectorAll("text.dt")].map((text) => [text, text.textContent]),
      gaps: [...svg.querySelectorAll("rect.gap")].map((rect) => [
        rect, Number(rect.getAttribute("x")), Number(rect.getAttribute("width")),
      ]),
      words: [...svg.querySelectorAll("text.k, text.km, text.nd")],
      line: element(svg, "path", "cur"),
      band: element(svg, "rect", "sel"),
    }));
    const { start, end } = this.views[0].frame;
    this.whole = [start, end];
    this.range = [start, end];
    this.chosen = null;
    this.hand.hidden = false;
    figure.tabIndex = 0;
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", this.views[0].svg.getAttribute("aria-label"));
    this.listen();
  }

  listen() {
    for (const view of this.views) {
      view.svg.addEventListener("pointermove", (event) => this.move(view, event));
      view.svg.addEventListener("pointerleave", () => this.drag === undefined && this.choose(null));
      view.svg.addEventListener("pointerdown", (event) => {
        if (event.pointerType === "touch" || event.button !== 0) return;
        this.drag = this.time(view, event);
        view.svg.setPointerCapture(event.pointerId);
      });
      view.svg.addEventListener("pointerup", (event) => this.drop(view, event));
      view.svg.addEventListener("pointercancel", () => this.forget());
    }
    this.figure.addEventListener("keydown", (event) => this.key(event));
    this.hand.addEventListener("click", (event) => {
      const way = event.target.closest("[data-zoom]")?.dataset.zoom;
      if (way === "in") this.closer();
      if (way === "out") this.zoom(...this.whole);
    });
  }

  shown() {
    return this.rows.filter((row) => row.at >= this.range[0] && row.at <= this.range[1]);
  }

  x(frame, at) {
    const [start, end] = this.range;
    return frame.left + ((frame.right - frame.left) * (at - start)) / (end - start);
  }

  y(frame, value) {
    const share = (value - frame.least) / (frame.most - frame.least);
    return frame.bottom - (frame.bottom - frame.top) * share;
  }

  time(view, event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      view.svg.getScreenCTM().inverse(),
    );
    const { left, right } = view.frame;
    const share = Math.min(1, Math.max(0, (point.x - left) / (right - left)));
    return this.range[0] + share * (this.range[1] - this.range[0]);
  }

  move(view, event) {
    const at = this.time(view, event);
    if (this.drag !== undefined) {
      const ends = [this.x(view.frame, this.drag), this.x(view.frame, at)].sort((a, b) => a - b);
      this.set(view.band, {
        x: ends[0], width: ends[1] - ends[0], y: view.frame.top,
        height: view.frame.bottom - view.frame.top,
      });
    }
    this.choose(this.nearest(at));
  }

  drop(view, event) {
    if (this.drag === undefined) return;
    const ends = [this.drag, this.time(view, event)].sort((a, b) => a - b);
    this.forget();
    if (ends[1] - ends[0] > DAY) this.zoom(...ends);
  }

  forget() {
    this.drag = undefined;
    for (const view of this.views) this.set(view.band, { width: 0 });
  }

  nearest(at) {
    const rows = this.shown();
    return rows.reduce(
      (best, row) => (best && Math.abs(best.at - at) <= Math.abs(row.at - at) ? best : row),
      null,
    );
  }

  key(event) {
    if (event.target !== this.figure) return;
    const rows = this.shown();
    const here = rows.indexOf(this.chosen);
    const to = {
      ArrowLeft: here < 0 ? rows.length - 1 : here - 1,
      ArrowRight: here < 0 ? rows.length - 1 : here + 1,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to !== undefined) this.choose(rows[Math.min(rows.length - 1, Math.max(0, to))] ?? null);
    else if (event.key === "+") this.closer();
    else if (event.key === "-" || event.key === "Escape") this.zoom(...this.whole);
    else return;
    event.preventDefault();
  }

  closer() {
    const quarter = (this.range[1] - this.range[0]) / 4;
    const middle = this.chosen?.at ?? this.range[1] - quarter;
    this.zoom(middle - quarter, middle + quarter);
  }

  zoom(start, end) {
    const room = Math.max(LEAST_SPAN, end - start);
    let from = (start + end) / 2 - room / 2;
    from = Math.max(this.whole[0], Math.min(from, this.whole[1] - room));
    this.range = [from, Math.min(this.whole[1], from + room)];
    const zoomed = this.range[0] > this.whole[0] || this.range[1] < this.whole[1];
    const button = this.hand.querySelector('[data-zoom="out"]');
    if (button.hidden === zoomed) {
      if (document.activeElement === button) this.figure.focus();
      button.hidden = !zoomed;
    }
    for (const view of this.views) this.draw(view, zoomed);
    if (this.chosen && !this.shown().includes(this.chosen)) this.choose(null);
    else this.choose(this.chosen);
  }

  draw(view, zoomed) {
    const { svg, frame } = view;
    const rows = this.shown();
    svg.querySelector(".lo").setAttribute("d", this.path(frame, rows, "low"));
    svg.querySelector(".me").setAttribute("d", this.path(frame, rows, "median"));
    const last = rows.at(-1);
    if (last) this.set(svg.querySelector(".pt"), { cx: this.x(frame, last.at), cy: this.y(frame, last.low) });
    svg.querySelector(".pt").classList.toggle("off", !last);
    for (const word of view.words) word.classList.toggle("off", zoomed);
    const scale = (this.whole[1] - this.whole[0]) / (frame.right - frame.left);
    for (const [rect, x, width] of view.gaps) {
      const from = this.x(frame, this.whole[0] + (x - frame.left) * scale);
      const to = this.x(frame, this.whole[0] + (x + width - frame.left) * scale);
      const left = Math.max(frame.left, from);
      this.set(rect, { x: left, width: Math.max(0, Math.min(frame.right, to) - left) });
    }
    view.dates.forEach(([text, said], place) => {
      const share = place / Math.max(1, view.dates.length - 1);
      const at = this.range[0] + share * (this.range[1] - this.range[0]);
      text.textContent = zoomed ? this.day(at) : said;
    });
  }

  path(frame, rows, name) {
    const step = rows.length > 1 ? Math.min(...rows.slice(1).map((row, n) => row.at - rows[n].at)) : 0;
    return rows
      .map((row, place) => {
        const apart = place === 0 || row.at - rows[place - 1].at > GAP + step;
        const at = `${this.x(frame, row.at).toFixed(1)} ${this.y(frame, row[name]).toFixed(1)}`;
        return (apart ? "M" : "L") + at;
      })
      .join("");
  }

  day(at) {
    return new Date(at).toLocaleDateString(document.documentElement.lang, {
      day: "numeric", month: "short", timeZone: "UTC",
    });
  }

  choose(row) {
    this.chosen = row;
    for (const view of this.views) {
      const x = row && this.x(view.frame, row.at).toFixed(1);
      view.line.setAttribute("d", row ? `M${x} ${view.frame.top}V${view.frame.bottom}` : "");
    }
    if (!row) {
      this.output.textContent = "";
      return;
    }
    const heads = [...document.getElementById(this.figure.dataset.chart).tHead.rows[0].cells];
    this.output.textContent = row.said
      .map((text, place) => (place === 0 ? text : `${heads[place].textContent} ${text}`))
      .join(", ");
  }

  set(shape, values) {
    for (const [name, value] of Object.entries(values)) shape.setAttribute(name, value);
  }
}

function start(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]:not([tabindex])")) {
    new PriceChart(figure);
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
