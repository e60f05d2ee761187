// Live curves and previews of one or more runs: Plotly grows by extendTraces, so a zoom stays; one slider moves
// the pictures and the cursor in the curves together.  Python mounts it once; the WebSocket feeds it.

const PANELS = [
  { keys: ["generator_loss", "critic_loss"], axis: "y" },
  { keys: ["real_score", "fake_score"], axis: "y2" },
];
const KEYS = PANELS.flatMap((panel) => panel.keys);
const DASHES = ["solid", "dot", "dash", "dashdot", "longdash"];
const POINTS_SIDE = 420;

let plotly; // loaded once for the page

function loadPlotly() {
  plotly ??= new Promise((done, failed) => {
    if (window.Plotly) return done(window.Plotly);
    const script = document.createElement("script");
    script.src = new URL("api/plotly.js", document.baseURI).href;
    script.onload = () => done(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  });
  return plotly;
}

export function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live");
  let view = root.__view;
  const wanted = JSON.stringify(data.runs.map((run) => run.name));
  if (!view || view.wanted !== wanted) {
    view?.close();
    view = root.__view = new View(root, data, wanted);
  }
  view.tell = (state) => setStateValue("state", state);
  view.recolour();
  return () => { root.__view?.close(); root.__view = null; };
}

class View {
  constructor(root, data, wanted) {
    this.root = root;
    this.data = data;
    this.wanted = wanted;
    this.text = data.text;
    this.runs = data.runs.map((run, index) => new Run(this, run, index));
    this.main = this.runs[0];
    this.options = { smoothing: 0.6, logY: false, clip: true, seconds: false };
    this.followed = true; // the slider stays at the newest preview
    this.zoomed = false;
    this.build();
    this.start();
  }

  async start() {
    for (const run of this.runs) run.connect();
    try {
      this.Plotly = await loadPlotly();
    } catch {
      this.chart.textContent = this.text.no_chart;
      return;
    }
    if (this.closed) return;
    await this.Plotly.newPlot(this.chart, this.traces(), this.layout(), {
      responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    });
    this.chart.on("plotly_relayout", (change) => {
      if (Object.keys(change).some((key) => /axis\d?\.range/.test(key)) && !this.own) this.zoomed = true;
      if (Object.keys(change).some((key) => /axis\d?\.autorange/.test(key)) && !this.own) {
        this.zoomed = false;
        this.rescale();
      }
    });
    this.chart.on("plotly_click", (event) => this.goTo(event.points[0]));
    this.drawn = this.runs.map(() => 0);
    this.wake();
  }

  close() {
    this.closed = true;
    for (const run of this.runs) run.close();
    if (this.Plotly) this.Plotly.purge(this.chart);
  }

  // ---- parts ----
  build() {
    const text = this.text;
    this.root.replaceChildren();
    const head = element(this.root, "div", "head");
    this.badge = element(head, "span", "badge");
    this.bar = element(head, "progress", "bar");
    this.bar.setAttribute("aria-label", text.progress);
    this.facts = element(head, "span", "facts");
    this.message = element(this.root, "div", "message");
    this.message.setAttribute("role", "status");

    const body = element(this.root, "div", "body");
    const left = element(body, "div", "curves");
    this.chart = element(left, "div", "chart");
    this.chart.setAttribute("role", "img");
    this.chart.setAttribute("aria-label", text.chart);
    const controls = element(left, "div", "controls");
    this.range(controls, text.smoothing, 0, 0.99, 0.01, this.options.smoothing, (value) => this.set("smoothing", value));
    this.tick(controls, text.log, false, (on) => this.set("logY", on));
    this.tick(controls, text.clip, true, (on) => this.set("clip", on));
    this.tick(controls, text.seconds, false, (on) => this.set("seconds", on));

    const right = element(body, "div", "pictures");
    this.picture = element(right, this.main.points ? "canvas" : "img", "picture");
    this.picture.setAttribute(this.main.points ? "aria-label" : "alt", text.picture);
    if (this.main.points) {
      this.picture.width = this.picture.height = POINTS_SIDE;
      this.picture.setAttribute("role", "img");
      const legend = element(right, "div", "legend");
      for (const role of ["real", "generator", "critic"]) {
        const item = element(legend, "span", "");
        element(item, "i", "").style.background = this.data.colours[role];
        item.append(text[`points_${role}`]);
      }
    }
    const label = element(right, "label", "time");
    this.caption = element(label, "span", "");
    this.slider = element(label, "input", "");
    Object.assign(this.slider, { type: "range", min: 0, max: 0, step: 1, value: 0 });
    this.slider.setAttribute("aria-label", text.time);
    this.slider.oninput = () => {
      this.followed = +this.slider.value === this.main.previews.length - 1;
      this.show();
    };
    this.caption.textContent = text.no_picture;
  }

  range(parent, name, min, max, step, value, set) {
    const label = element(parent, "label", "");
    label.append(name, " ");
    const input = element(label, "input", "");
    Object.assign(input, { type: "range", min, max, step, value });
    const shown = element(label, "output", "");
    shown.textContent = value.toFixed(2);
    input.oninput = () => { shown.textContent = (+input.value).toFixed(2); set(+input.value); };
  }

  tick(parent, name, on, set) {
    const label = element(parent, "label", "");
    const input = element(label, "input", "");
    Object.assign(input, { type: "checkbox", checked: on });
    input.onchange = () => set(input.checked);
    label.append(" ", name);
  }

  set(option, value) {
    this.options[option] = value;
    this.redrawAll();
  }

  // ---- chart ----
  traces() {
    return this.runs.flatMap((run, index) => PANELS.flatMap(({ keys, axis }) => keys.map((key) => ({
      x: [], y: [], type: "scatter", mode: "lines", yaxis: axis,
      name: this.runs.length > 1 ? `${this.text[key]} · ${run.short}` : this.text[key],
      line: { color: this.data.colours[ROLE[key]], width: 2, dash: DASHES[index % DASHES.length] },
      hovertemplate: "%{y:.4g}<extra>%{fullData.name}</extra>",
    }))));
  }

  layout() {
    const colours = palette(this.root);
    const axis = { gridcolor: colours.grid, zerolinecolor: colours.grid, linecolor: colours.grid, automargin: true };
    return {
      uirevision: "stay", hovermode: "x unified", showlegend: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colours.text, family: colours.font, size: 13 },
      margin: { l: 52, r: 12, t: 8, b: 44 }, hoverlabel: { bgcolor: colours.back, font: { color: colours.text } },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      xaxis: { ...axis, title: { text: this.xTitle() }, anchor: "y2", exponentformat: "none" },
      yaxis: { ...axis, title: { text: this.text.losses }, domain: [0.42, 1], type: this.options.logY ? "log" : "linear" },
      yaxis2: { ...axis, title: { text: this.text.scores }, domain: [0, 0.34] },
      shapes: [this.cursor()],
    };
  }

  xTitle() { return this.options.seconds ? this.text.x_seconds : this.text.x_step; }

  cursor() {
    const step = this.main.previews[+this.slider.value];
    const at = step === undefined ? null : this.options.seconds ? this.main.secondsAt(step) : step;
    return {
      type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, x0: at ?? 0, x1: at ?? 0, visible: at !== null,
      line: { color: palette(this.root).text, width: 1, dash: "dot" },
    };
  }

  wake() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; if (!this.closed) this.draw(); });
  }

  draw() {
    this.header();
    this.slide();
    if (!this.drawn) return; // the chart is still loading
    const grown = { x: [], y: [] }, which = [];
    this.runs.forEach((run, index) => {
      if (run.rewound) { this.rebuild = true; run.rewound = false; }
      const from = this.drawn[index];
      if (run.rows.length === from || this.rebuild) return;
      const tails = run.curves(from, this.options);
      KEYS.forEach((key, k) => {
        grown.x.push(tails.x); grown.y.push(tails[key]); which.push(index * KEYS.length + k);
      });
      this.drawn[index] = run.rows.length;
    });
    if (this.rebuild) { this.rebuild = false; this.redrawAll(); return; }
    if (which.length) {
      this.chart.dataset.rows = this.drawn[0];
      this.Plotly.extendTraces(this.chart, grown, which).then(() => this.rescale());
    }
  }

  redrawAll() {
    if (!this.drawn) return;
    const x = [], y = [];
    this.runs.forEach((run, index) => {
      run.forget();
      const whole = run.curves(0, this.options);
      for (const key of KEYS) { x.push(whole.x); y.push(whole[key]); }
      this.drawn[index] = run.rows.length;
    });
    this.chart.dataset.rows = this.drawn[0];
    this.own = true;
    this.Plotly.update(this.chart, { x, y }, {
      "yaxis.type": this.options.logY ? "log" : "linear", "xaxis.title.text": this.xTitle(), shapes: [this.cursor()],
      ...(this.zoomed ? {} : { "xaxis.autorange": true, "yaxis.autorange": true, "yaxis2.autorange": true }),
    }).then(() => { this.own = false; this.rescale(); });
  }

  // Outliers of the losses are cut off at their 1 % and 99 % marks, unless the viewer zoomed.
  rescale() {
    if (this.zoomed || !this.drawn || this.closed) return;
    const change = {};
    PANELS.forEach(({ keys }, panel) => {
      const values = this.chart.data.filter((_, i) => keys.includes(KEYS[i % KEYS.length])).flatMap((trace) => trace.y);
      const range = this.options.clip ? inner(values, panel === 0 && this.options.logY) : null;
      const name = panel ? "yaxis2" : "yaxis";
      if (range) change[`${name}.range`] = range; else change[`${name}.autorange`] = true;
    });
    this.own = true;
    this.Plotly.relayout(this.chart, change).then(() => { this.own = false; });
  }

  recolour() {
    if (!this.drawn) return;
    const colours = palette(this.root);
    const now = JSON.stringify(colours);
    if (this.palette === now) return;
    this.palette = now;
    const change = { "font.color": colours.text, "hoverlabel.bgcolor": colours.back, "hoverlabel.font.color": colours.text, shapes: [this.cursor()] };
    for (const axis of ["xaxis", "yaxis", "yaxis2"]) for (const part of ["gridcolor", "zerolinecolor", "linecolor"]) change[`${axis}.${part}`] = colours.grid;
    this.own = true;
    this.Plotly.relayout(this.chart, change).then(() => { this.own = false; });
  }

  // ---- header and pictures ----
  header() {
    const { state } = this.main;
    if (!state) return;
    const text = this.text;
    this.badge.textContent = text[`state_${state.state}`] ?? state.state;
    this.badge.dataset.state = state.state;
    const step = Math.max(state.step, this.main.step);
    Object.assign(this.bar, { max: state.steps || 1, value: step });
    const facts = [`${step.toLocaleString(text.locale)} / ${state.steps.toLocaleString(text.locale)} ${text.steps}`];
    if (state.state === "running" && this.main.rate) {
      facts.push(`${Math.round(this.main.rate).toLocaleString(text.locale)} ${text.rate}`);
      const left = (state.steps - step) / this.main.pace();
      if (isFinite(left)) facts.push(`${duration(left, text)} ${text.left}`);
    }
    facts.push(state.device);
    this.facts.textContent = facts.join(" · ");
    this.message.textContent = state.position ? `${text.position} ${state.position}. ${state.message}` : state.message;
    this.message.hidden = !this.message.textContent;
    if (this.told !== state.state) {
      // Buttons beside the chart depend on it; Python already knows the state it mounted us with.
      const known = this.told ?? this.data.state;
      this.told = state.state;
      if (known !== state.state) this.tell(state.state);
    }
  }

  slide() {
    const last = this.main.previews.length - 1;
    if (last < 0) return;
    this.slider.max = last;
    if (this.followed) this.slider.value = last;
    this.show();
  }

  goTo(point) {
    const at = point.x, previews = this.main.previews;
    if (!previews.length) return;
    const distance = (step) => Math.abs((this.options.seconds ? this.main.secondsAt(step) : step) - at);
    let best = 0;
    previews.forEach((step, index) => { if (distance(step) < distance(previews[best])) best = index; });
    this.slider.value = best;
    this.followed = best === previews.length - 1;
    this.show();
  }

  show() {
    const step = this.main.previews[+this.slider.value];
    if (step === undefined) return;
    this.caption.textContent = `${this.text.step} ${step.toLocaleString(this.text.locale)}${this.followed ? ` (${this.text.newest})` : ""}`;
    this.slider.setAttribute("aria-valuetext", this.caption.textContent);
    if (this.shown !== step) {
      this.shown = step;
      this.picture.dataset.step = step;
      const address = new URL(`api/runs/${encodeURIComponent(this.main.name)}/previews/${step}`, document.baseURI).href;
      if (this.main.points) this.scatter(address, step); else this.swap(address, step);
      if (this.drawn) { this.own = true; this.Plotly.relayout(this.chart, { shapes: [this.cursor()] }).then(() => { this.own = false; }); }
    }
  }

  swap(address, step) { // decoded before it is shown: no white flash between two pictures
    const next = new Image();
    next.src = address;
    next.decode().then(() => { if (this.shown === step) this.picture.src = address; }, () => { this.shown = null; });
  }

  async scatter(address, step) {
    try {
      this.real ??= await (await fetch(new URL(`api/points/${this.main.dataset}`, document.baseURI))).json();
      const preview = await (await fetch(address)).json();
      if (this.shown === step) this.paint(preview);
    } catch { this.shown = null; }
  }

  paint({ points, surface, extent }) {
    const context = this.picture.getContext("2d"), side = POINTS_SIDE, colours = this.data.colours;
    const [left, right, bottom, top] = extent;
    const x = (value) => ((value - left) / (right - left)) * side, y = (value) => ((top - value) / (top - bottom)) * side;
    context.fillStyle = palette(this.root).back;
    context.fillRect(0, 0, side, side);
    const n = surface.length, flat = surface.flat(), low = Math.min(...flat), span = Math.max(...flat) - low || 1, cell = side / n;
    context.fillStyle = colours.critic;
    surface.forEach((row, i) => row.forEach((value, j) => {
      context.globalAlpha = 0.75 * ((value - low) / span);
      context.fillRect(Math.floor(j * cell), Math.floor((n - 1 - i) * cell), Math.ceil(cell), Math.ceil(cell));
    }));
    context.globalAlpha = 0.9;
    for (const [set, colour, radius] of [[this.real, colours.real, 2], [points, colours.generator, 2.2]]) {
      context.fillStyle = colour;
      for (const [px, py] of set) { context.beginPath(); context.arc(x(px), y(py), radius, 0, 7); context.fill(); }
    }
    context.globalAlpha = 1;
  }
}

const ROLE = { generator_loss: "generator", critic_loss: "critic", real_score: "real", fake_score: "fake" };

class Run {
  constructor(view, { name, short, dataset, points, batch_size }, index) {
    Object.assign(this, { view, name, short, dataset, points, batch: batch_size, index });
    this.rows = []; this.previews = []; this.seen = 0; this.wait = 500; this.step = 0;
    this.forget();
  }

  connect() {
    const address = new URL(`api/live?run=${encodeURIComponent(this.name)}&from=${this.seen}`, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onmessage = (event) => { this.wait = 500; this.take(JSON.parse(event.data)); };
    this.socket.onclose = (event) => {
      if (this.closed || event.code === 4404 || this.gone) return;
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 10000);
    };
  }

  close() { this.closed = true; clearTimeout(this.timer); this.socket?.close(); }

  take({ rows = [], state, gone }) {
    if (gone) { this.gone = true; this.view.tell("gone"); return; }
    this.seen += rows.length;
    for (const row of rows) {
      if (row.event === "resumed") { // what it went back behind does not count any more
        const before = this.rows.length;
        this.rows = this.rows.filter((each) => each.step <= row.step);
        this.previews = this.previews.filter((step) => step <= row.step);
        if (this.rows.length !== before) this.rewound = true;
      } else if (row.event === "step") {
        this.rows.push(row); this.step = row.step; this.rate = row.images_per_second;
      } else if (row.event === "preview" && this.previews.at(-1) !== row.step) this.previews.push(row.step);
    }
    if (state) this.state = state;
    this.view.wake();
  }

  pace() { // steps a second, over the last intervals
    const tail = this.rows.slice(-6);
    if (tail.length < 2) return this.rate / this.batch;
    return (tail.at(-1).step - tail[0].step) / (tail.at(-1).seconds - tail[0].seconds);
  }

  secondsAt(step) {
    let low = 0, high = this.rows.length - 1;
    if (high < 0) return 0;
    while (low < high) { const middle = (low + high) >> 1; if (this.rows[middle].step < step) low = middle + 1; else high = middle; }
    return step === 0 ? 0 : this.rows[low].seconds;
  }

  forget() { this.smooth = Object.fromEntries(KEYS.map((key) => [key, { value: 0, weight: 0 }])); }

  // Exponential smoothing without a bias at the start, going on where the last call ended.
  curves(from, { smoothing, seconds }) {
    const rows = this.rows.slice(from), found = { x: rows.map((row) => (seconds ? row.seconds : row.step)) };
    for (const key of KEYS) {
      const memory = this.smooth[key];
      found[key] = rows.map((row) => {
        const value = row[key];
        if (value === null || value === undefined) return null;
        memory.value = smoothing * memory.value + (1 - smoothing) * value;
        memory.weight = smoothing * memory.weight + (1 - smoothing);
        return memory.value / memory.weight;
      });
    }
    return found;
  }
}

function element(parent, tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function palette(root) {
  const style = getComputedStyle(root), read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read("--st-text-color") || "#222", back: read("--st-secondary-background-color") || "#eee",
    grid: read("--st-border-color") || "#ccc", font: read("--st-font") || "sans-serif",
  };
}

function inner(values, log) {
  const sorted = values.filter((value) => value !== null && isFinite(value) && (!log || value > 0)).sort((a, b) => a - b);
  if (sorted.length < 20) return null;
  let low = sorted[Math.floor(0.01 * sorted.length)], high = sorted[Math.ceil(0.99 * sorted.length) - 1];
  if (log) { low = Math.log10(low); high = Math.log10(high); }
  const margin = 0.08 * (high - low) || 0.1;
  return [low - margin, high + margin];
}

function duration(seconds, text) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} ${text.unit_seconds}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${text.unit_minutes}`;
  return `${(seconds / 3600).toFixed(1)} ${text.unit_hours}`;
}
