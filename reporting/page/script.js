"use strict";
// What the report's page can do beyond showing: sort and filter tables, hide columns, name values
// under the pointer, switch curves. Everything it needs stands in the page.
(() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const shown = (element, on) => { element.hidden = !on; };

  // --- Tables ---------------------------------------------------------------------------------
  const FACETS = ["experiment", "dataset", "backbone", "method", "k", "class", "kind", "state", "device"];
  const ROWS_WORTH_A_SEARCH = 12;

  // A cell as what it is sorted by: its number, or its words.
  const sortKey = (cell) => {
    const text = cell.textContent.trim();
    const plain = text.replace(/−/g, "-");
    const number = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?/i.exec(plain);
    const isNumber = number && !/^\d+\/\d+/.test(plain) && !cell.classList.contains("prose");
    return { text, number: isNumber ? Number(number[0]) : NaN, isEmpty: text === "—" || text === "" || text === "not run" };
  };
  const compare = (a, b) => {
    if (a.isEmpty !== b.isEmpty) return a.isEmpty ? 1 : -1;
    const aIsWord = Number.isNaN(a.number), bIsWord = Number.isNaN(b.number);
    if (aIsWord !== bIsWord) return aIsWord ? 1 : -1;
    return aIsWord ? a.text.localeCompare(b.text, "en", { numeric: true }) : a.number - b.number;
  };

  class ReportTable {
    constructor(article) {
      this.article = article;
      this.grids = [...article.querySelectorAll("table")];
      this.bodies = this.grids.map((grid) => grid.tBodies[0]);
      this.heads = this.grids.map((grid) => [...grid.tHead.rows].pop());
      this.rows = this.bodies.map((body) => [...body.rows]);
      this.count = this.rows[0].length;
      this.order = { grid: -1, column: -1, way: 0 };
      this.filters = new Map();
      this.words = "";
      this.status = make("span", { class: "count", role: "status" });
      this.addTools();
      this.addSorting();
    }

    addTools() {
      const tools = make("div", { class: "tools", role: "group", "aria-label": "Rows and columns of this table" });
      this.heads[0].querySelectorAll("th[data-c]").forEach((head) => {
        if (FACETS.includes(head.dataset.c)) this.addFacet(tools, head);
      });
      if (this.count >= ROWS_WORTH_A_SEARCH) {
        const box = make("input", { type: "search", placeholder: "any word" });
        box.addEventListener("input", () => { this.words = box.value.toLowerCase(); this.filter(); });
        tools.append(make("label", {}, "Search ", box));
      }
      this.addColumnList(tools);
      if (!tools.children.length) return;
      tools.append(this.status);
      this.article.querySelector("h3").after(tools);
    }

    addFacet(tools, head) {
      const place = head.cellIndex;
      const values = [...new Set(this.rows[0].map((row) => row.cells[place].textContent.trim()))];
      if (values.length < 2 || values.length > 60) return;
      const list = make("select", {}, make("option", { value: "" }, "all"));
      values.forEach((value) => list.append(make("option", { value }, value)));
      list.addEventListener("change", () => {
        this.filters.set(place, list.value);
        this.filter();
      });
      tools.append(make("label", {}, head.textContent.trim() + " ", list));
    }

    addColumnList(tools) {
      const names = new Map();
      this.heads.forEach((head, grid) => [...head.cells].forEach((cell) => {
        if (cell.classList.contains("key") || cell.classList.contains("paper")) return;
        const name = cell.dataset.name || cell.textContent.trim();
        if (!names.has(name)) names.set(name, []);
        names.get(name).push([grid, cell.cellIndex]);
        while (cell.nextElementSibling && cell.nextElementSibling.classList.contains("paper")) {
          cell = cell.nextElementSibling;
          names.get(name).push([grid, cell.cellIndex]);
        }
      }));
      const papers = this.grids.flatMap((grid, g) => [...this.heads[g].cells]
        .filter((cell) => cell.classList.contains("paper")).map((cell) => [g, cell.cellIndex]));
      if (papers.length) names.set("the paper's values and Δ", papers);
      if (names.size < 2) return;
      const list = make("div", { class: "columns" });
      names.forEach((places, name) => {
        const box = make("input", { type: "checkbox" });
        box.checked = true;
        box.addEventListener("change", () => this.showColumns(places, box.checked));
        list.append(make("label", {}, box, " " + name));
      });
      tools.append(make("details", {}, make("summary", {}, "Columns"), list));
    }

    showColumns(places, on) {
      for (const [grid, column] of places) {
        shown(this.heads[grid].cells[column], on);
        this.rows[grid].forEach((row) => shown(row.cells[column], on));
      }
      this.grids.forEach((grid, g) => this.spanGroups(grid, this.heads[g]));
    }

    // A group's heading is as wide as what is left of it.
    spanGroups(grid, head) {
      const groups = grid.tHead.querySelector("tr.groups");
      if (!groups) return;
      let first = 0;
      for (const cell of groups.cells) {
        const whole = Number(cell.dataset.span || cell.colSpan);
        cell.dataset.span = whole;
        const left = [...head.cells].slice(first, first + whole).filter((below) => !below.hidden).length;
        shown(cell, left > 0);
        if (left > 0) cell.colSpan = left;
        first += whole;
      }
    }

    filter() {
      let left = 0;
      for (let i = 0; i < this.count; ++i) {
        const cells = this.rows[0][i].cells;
        const fits = [...this.filters].every(([place, value]) => !value || cells[place].textContent.trim() === value) &&
          (!this.words || this.rows.some((rows) => rows[i].textContent.toLowerCase().includes(this.words)));
        this.rows.forEach((rows) => shown(rows[i], fits));
        left += fits ? 1 : 0;
      }
      this.status.textContent = left === this.count ? "" : `${left} of ${this.count} rows`;
    }

    addSorting() {
      this.heads.forEach((head, grid) => [...head.cells].forEach((cell) => {
        const button = make("button", { type: "button", class: "sort" });
        button.append(...cell.childNodes);
        cell.append(button);
        button.addEventListener("click", () => this.sort(grid, cell.cellIndex));
      }));
    }

    sort(grid, column) {
      const isSame = this.order.grid === grid && this.order.column === column;
      this.order = { grid, column, way: isSame ? (this.order.way === 1 ? -1 : 0) : 1 };
      const places = [...Array(this.count).keys()];
      if (this.order.way !== 0) {
        const keys = this.rows[grid].map((row) => sortKey(row.cells[column]));
        const way = this.order.way;
        places.sort((a, b) => (keys[a].isEmpty === keys[b].isEmpty ? way : 1) * compare(keys[a], keys[b]) || a - b);
      }
      this.bodies.forEach((body, g) => {
        body.append(...places.map((place) => this.rows[g][place]));
        body.classList.toggle("sorted", this.order.way !== 0);
      });
      const words = { 1: "ascending", "-1": "descending", 0: "none" };
      this.heads.forEach((head, g) => [...head.cells].forEach((cell) => {
        const isIt = g === grid && cell.cellIndex === column && this.order.way !== 0;
        if (isIt) cell.setAttribute("aria-sort", words[this.order.way]);
        else cell.removeAttribute("aria-sort");
      }));
    }
  }

  // --- Figures --------------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  const numbers = (text) => (text ? text.split(" ").map(Number) : []);
  const written = (value) => {
    const size = Math.abs(value);
    const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2)
      : value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
    return text.replace("-", "−");
  };
  const tip = make("div", { class: "tip", role: "status" });
  tip.hidden = true;

  const showTip = (title, lines, x, y) => {
    tip.replaceChildren(make("strong", {}, title));
    for (const [colour, text] of lines) {
      const line = make("div");
      if (colour) {
        const mark = make("span", { class: "swatch" });
        mark.style.background = colour;
        line.append(mark);
      }
      line.append(text);
      tip.append(line);
    }
    tip.hidden = false;
    const width = tip.offsetWidth, height = tip.offsetHeight;
    tip.style.left = Math.max(4, x + 16 + width > innerWidth ? x - width - 12 : x + 16) + "px";
    tip.style.top = Math.max(4, Math.min(y + 12, innerHeight - height - 4)) + "px";
  };

  const drawnPoint = (svg, event) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());

  class Plot {
    constructor(svg) {
      this.svg = svg;
      this.keys = [...svg.querySelectorAll("g.key")];
      this.off = new Set();
      svg.setAttribute("role", "group");
      this.keys.forEach((key) => this.makeSwitch(key));
      svg.querySelectorAll("g.panel").forEach((panel) => this.addPanel(panel));
    }

    makeSwitch(key) {
      if (this.keys.length < 2) return;
      key.setAttribute("role", "button");
      key.setAttribute("tabindex", "0");
      key.setAttribute("aria-pressed", "true");
      key.setAttribute("aria-label", key.dataset.name);
      const turn = () => {
        const name = key.dataset.s;
        if (!this.off.delete(name)) this.off.add(name);
        const isOff = this.off.has(name);
        key.setAttribute("aria-pressed", String(!isOff));
        this.svg.querySelectorAll(`[data-s="${name}"]`).forEach((part) => part.classList.toggle("off", isOff));
      };
      key.addEventListener("click", turn);
      key.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        turn();
      });
    }

    addPanel(panel) {
      const [left, top, width, height] = numbers(panel.dataset.box);
      const [low, high] = numbers(panel.dataset.range);
      const ticks = panel.dataset.ticks ? panel.dataset.ticks.split("|") : null;
      const series = [...panel.querySelectorAll("g.s")].map((group) => ({
        group, name: group.dataset.s, xs: numbers(group.dataset.x), ys: numbers(group.dataset.y) }));
      const xs = [...new Set(series.flatMap((one) => one.xs))]
        .filter((x) => !ticks || Number.isInteger(x)).sort((a, b) => a - b);
      if (!xs.length) return;
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("class", "guide");
      panel.append(line);
      const area = document.createElementNS(SVG, "rect");
      const frame = { x: left, y: top, width, height, fill: "none", "pointer-events": "all", tabindex: 0, role: "img",
        "aria-label": `${panel.dataset.name}: values with the arrow keys`, class: "area" };
      for (const [name, value] of Object.entries(frame)) area.setAttribute(name, value);
      panel.append(area);
      let at = 0;
      const place = (x) => left + ((x - low) / (high - low)) * width;
      const show = (x, y) => {
        const value = xs[at];
        line.setAttribute("d", `M${place(value)} ${top}v${height}`);
        line.classList.add("on");
        const lines = this.valuesAt(series, value, ticks);
        const head = ticks ? `${panel.dataset.label || ""} ${ticks[value]}`.trim() : `${panel.dataset.label} ${value}`;
        showTip(head, lines, x, y);
        area.setAttribute("aria-label", `${panel.dataset.name}, ${head}: ` + lines.map((one) => one[1]).join(", "));
      };
      const hide = () => { tip.hidden = true; line.classList.remove("on"); };
      area.addEventListener("pointermove", (event) => {
        const x = low + ((drawnPoint(this.svg, event).x - left) / width) * (high - low);
        at = xs.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(xs[best] - x) ? i : best), 0);
        show(event.clientX, event.clientY);
      });
      area.addEventListener("pointerleave", hide);
      area.addEventListener("blur", hide);
      area.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -xs.length, End: xs.length }[event.key];
        if (event.key === "Escape") hide();
        if (!step) return;
        event.preventDefault();
        at = Math.min(xs.length - 1, Math.max(0, line.classList.contains("on") ? at + step : at));
        const box = area.getBoundingClientRect();
        show(box.left + ((place(xs[at]) - left) / width) * box.width, box.top + 10);
      });
    }

    // A level across the panel has its value at every place.
    valuesAt(series, x, ticks) {
      const lines = [];
      for (const one of series) {
        if (this.off.has(one.name)) continue;
        const key = this.keys[Number(one.name)];
        const i = one.xs.indexOf(x);
        const isLevel = ticks && one.xs.length === 2 && !Number.isInteger(one.xs[0]);
        const value = i >= 0 ? one.ys[i] : isLevel ? one.ys[0] : NaN;
        if (Number.isNaN(value)) continue;
        const mark = key && key.querySelector("[stroke]:not([stroke=none]), [fill]:not(.hit)");
        const look = mark ? getComputedStyle(mark) : null;
        const colour = look ? (look.stroke !== "none" ? look.stroke : look.fill) : "";
        lines.push([colour, `${written(value)}  ${key ? key.dataset.name : ""}`, value]);
      }
      return lines.sort((a, b) => b[2] - a[2]);
    }
  }

  class Pictures {
    constructor(svg) {
      this.svg = svg;
      this.classes = new Map();
      this.scale = null;
      svg.querySelectorAll("g.swatches").forEach((key) => {
        const colours = key.dataset.colours ? key.dataset.colours.split(" ") : [];
        if (key.dataset.scale) this.scale = { colours, range: numbers(key.dataset.scale) };
        else if (colours.length === 1) this.classes.set(colours[0], key.dataset.name);
      });
      svg.querySelectorAll("g.picture").forEach((picture) => {
        const layer = picture.querySelector("image.over") || picture.querySelector("image");
        picture.addEventListener("pointermove", (event) => this.name(picture, layer, event));
        picture.addEventListener("pointerleave", () => { tip.hidden = true; });
      });
    }

    pixelsOf(layer) {
      if (layer.pixels) return layer.pixels;
      layer.pixels = new Promise((resolve) => {
        const image = new Image();
        image.onload = () => {
          const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
          const context = canvas.getContext("2d", { willReadFrequently: true });
          context.drawImage(image, 0, 0);
          resolve(context.getImageData(0, 0, canvas.width, canvas.height));
        };
        image.src = layer.getAttribute("href");
      });
      return layer.pixels;
    }

    async name(picture, layer, event) {
      if (!layer) return;
      const point = drawnPoint(this.svg, event);
      const [left, top, width, height] = numbers(picture.dataset.box);
      const pixels = await this.pixelsOf(layer);
      const x = Math.floor(((point.x - left) / width) * pixels.width);
      const y = Math.floor(((point.y - top) / height) * pixels.height);
      if (x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) { tip.hidden = true; return; }
      const [red, green, blue, alpha] = pixels.data.slice(4 * (y * pixels.width + x), 4 * (y * pixels.width + x) + 4);
      const text = this.words([red, green, blue], alpha, layer.classList.contains("over"));
      if (text) showTip(text, [], event.clientX, event.clientY);
      else tip.hidden = true;
    }

    words(rgb, alpha, isOver) {
      const near = (colour) => [1, 3, 5].reduce((sum, at, i) => sum + Math.abs(parseInt(colour.slice(at, at + 2), 16) - rgb[i]), 0);
      const nearest = (colours) => colours.reduce((best, colour) => (near(colour) < near(best) ? colour : best));
      if (isOver && alpha === 0) return "background";
      const named = [...this.classes.keys()];
      if (named.length && near(nearest(named)) <= 12) return this.classes.get(nearest(named));
      if (!this.scale || isOver) return "";
      const colour = nearest(this.scale.colours);
      if (near(colour) > 30) return "";
      const share = this.scale.colours.indexOf(colour) / (this.scale.colours.length - 1);
      const [low, high] = this.scale.range;
      return `log p ${written(low + share * (high - low))}`;
    }
  }

  // --- A page that is made anew while tasks run ------------------------------------------------
  // Read again only where the reader asks for it; the address keeps the wish.
  const offerRenewal = (place) => {
    const ASKED = "#renew", seconds = Number(place.dataset.seconds);
    const box = make("input", { type: "checkbox" });
    box.checked = location.hash === ASKED;
    const wait = () => setTimeout(() => { if (box.checked) location.reload(); }, 1000 * seconds);
    box.addEventListener("change", () => {
      history.replaceState(null, "", box.checked ? ASKED : location.pathname);
      if (box.checked) wait();
    });
    place.append(make("label", {}, box, ` Read this page again every ${seconds} s: tasks are running.`));
    if (box.checked) wait();
  };

  const start = () => {
    const renewed = document.getElementById("renewed");
    if (renewed) offerRenewal(renewed);
    document.body.append(tip);
    document.querySelectorAll("article.table").forEach((article) => new ReportTable(article));
    document.querySelectorAll("svg.plot").forEach((svg) => (svg.querySelector("g.picture") ? new Pictures(svg) : new Plot(svg)));
    document.documentElement.classList.add("scripted");
  };
  start();
})();
