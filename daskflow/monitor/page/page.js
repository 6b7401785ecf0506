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

  // A flow takes its dashboard with it when it ends: what is left must not look as if it still ran.
  watch() {
    const state = document.getElementById("head-state")?.textContent;
    const waited = Date.now() - this.news > this.patience_ms;
    document.getElementById("no-news").hidden = !(waited && ["running", "stopping"].includes(state));
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
