// Writes what has changed into the elements of the page; see slots.py.
window.daskflow = {
  written: [],
  news: Date.now(),
  patience_ms: 10000,

  write(rows) {
    this.news = Date.now();
    for (let i = 0; i < rows.value.length; i++) {
      const value = rows.value[i];
      if (this.written[i] === value) continue;
      this.written[i] = value;
      const element = document.getElementById(rows.element[i]);
      if (element === null) continue;
      if (rows.what[i] === "text") element.textContent = value;
      else if (rows.what[i] === "html") this.replace(element, value);
      else if (rows.what[i] === "reload") { if (value) location.reload(); }
      else if (rows.what[i] === "href" && !value) element.removeAttribute("href");
      else element.setAttribute(rows.what[i], value);
    }
  },

  // What a user has unfolded stays so.
  replace(element, html) {
    const open = [...element.querySelectorAll("details[open]")].map((details) => details.id);
    element.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  },

  // Dask's script sorts a table by its heading that is clicked, but compares figures as words where they have a unit
  // or a thousands separator: it is told what they are worth.
  weigh(heading) {
    if (!heading?.classList.contains("df-number")) return;
    for (const row of heading.closest("table").tBodies[0].rows) {
      const cell = row.cells[heading.cellIndex];
      cell.dataset.sort = this.worth(cell.textContent);
    }
  },

  worth(figure) {
    const [, digits, factor] = figure.replaceAll(",", "").match(/^([\d.]+)\s*([kMGT]?)/) ?? ["", "-1", ""];
    return digits * {"": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12}[factor];
  },

  // A flow takes its dashboard with it when it ends: what is left must not look as if it still ran.
  watch() {
    const {state} = document.getElementById("page").dataset;
    const waited = Date.now() - this.news > this.patience_ms;
    document.getElementById("no-news").hidden = !(waited && ["starting", "running", "stopping"].includes(state));
  },

  // An edge in the graph was clicked: have its pictures shown.
  choose(edge) {
    const chooser = Bokeh.documents[0]?.get_model_by_name("preview_chooser");
    if (chooser?.options.some(([value]) => value === edge)) {
      chooser.value = edge;
      document.getElementById("preview")?.scrollIntoView({behavior: "smooth", block: "nearest"});
    }
  },
};
document.addEventListener("click", ({target}) => daskflow.weigh(target.closest(".df-table th")), true);
