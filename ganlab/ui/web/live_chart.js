// Losses above, D(x) and D(G(z)) below where there is a critic, in one Plotly figure that grows by extendTraces, so
// that a zoom stays; scores in a further panel as soon as there are some.

const { Scores } = await import(`./live_scores.js${new URL(import.meta.url).search}`);
const { bands, cursor } = await import(`./live_bands.js${new URL(import.meta.url).search}`);
const CURVES = [
  { key: "generator_loss", role: "generator", axis: "y", legend: "legend", dash: "solid", kinds: ["gan", "vae", "vaegan"] },
  { key: "critic_loss", role: "critic", axis: "y", legend: "legend", dash: "dot", kinds: ["gan", "vaegan"] },
  { key: "reconstruction_loss", role: "real", axis: "y", legend: "legend", dash: "dash", kinds: ["vae", "vaegan"] },
  { key: "divergence", role: "code", axis: "y", legend: "legend", dash: "dashdot", kinds: ["vae", "vaegan"] },
  { key: "fake_score", role: "generator", axis: "y2", legend: "legend2", dash: "solid", kinds: ["gan", "vaegan"] },
  { key: "real_score", role: "real", axis: "y2", legend: "legend2", dash: "dot", kinds: ["gan", "vaegan"] },
];
const MOST_POINTS = 4000; // of a curve; a longer run is drawn with every second, fourth, ... point
const OFTEN = 250; // ms between two drawings at the most

let plotly; // loaded once for all

function load(address) {
  plotly ??= new Promise((done, failed) => {
    if (window.Plotly) return done(window.Plotly);
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => done(window.Plotly);
    script.onerror = () => { plotly = undefined; failed(new Error(address)); };
    document.head.append(script);
  });
  return plotly;
}

export class Chart {
  // on(step): a point of the curves was clicked
  constructor(box, { runs, text, colours, script, options }, on) {
    Object.assign(this, { box, runs, text, colours, script, options, on });
    this.single = runs.length === 1;
    this.curves = runs.map(({ kind }) => CURVES.filter(({ kinds }) => kinds.includes(kind)));
    this.scores = new Scores({ runs, text, colours });
    this.panels = this.scores.critic ? ["yaxis", "yaxis2"] : ["yaxis"]; // Plotly knows no axis without curves
    this.zoomed = false;
    this.stride = 1;
    this.drawn = runs.map(() => 0);
    this.memory = runs.map(() => ({}));
    this.release = () => { this.held = false; this.wake(); };
    box.addEventListener("pointerdown", () => { this.held = true; }, true); // a zoom being drawn is left alone
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, this.release);
  }

  async open() {
    this.plotly = await load(this.script);
    if (this.closed) return;
    await this.plotly.newPlot(this.box, [...this.traces(), ...this.scores.traces()], this.layout(), {
      responsive: true, displayModeBar: coarse() ? false : "hover", displaylogo: false, showTips: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage", "sendChartToCloud"],
    });
    if (this.closed) return;
    this.box.on("plotly_relayout", (change) => this.moved(change));
    this.box.on("plotly_click", ({ points }) => this.on(this.stepAt(points[0].x)));
    this.ready = true;
    this.recolour();
    this.wake();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, this.release);
    if (this.plotly) this.plotly.purge(this.box);
  }

  // ---- what grows ----
  wake() {
    if (this.timer || this.closed || !this.ready) return;
    const wait = Math.max(0, OFTEN - (performance.now() - (this.last ?? -OFTEN)));
    this.timer = setTimeout(() => { this.timer = 0; requestAnimationFrame(() => this.draw()); }, wait);
  }

  draw() {
    if (this.closed || this.held || !this.ready) return;
    this.last = performance.now();
    const longest = Math.max(...this.runs.map((run) => run.rows.length));
    if (longest / this.stride > MOST_POINTS) { this.stride *= 2; return this.rebuild(); }
    if (this.runs.some((run) => run.rewound)) return this.rebuild();
    const x = [], y = [], which = [];
    this.runs.forEach((run, index) => {
      if (run.rows.length === this.drawn[index]) return;
      this.columns(index).forEach((column, k) => { x.push(column.x); y.push(column.y); which.push(this.first(index) + k); });
    });
    if (which.length) this.quietly(this.plotly.extendTraces(this.box, { x, y }, which)).then(() => this.fit());
    if (this.scores.count !== this.scored) this.score();
    this.mark();
    this.count();
  }

  // Scores are few: all of them are drawn anew.
  score() {
    this.scored = this.scores.count;
    const first = this.first(this.runs.length), traces = this.runs.length * this.scores.curves.length;
    const which = Array.from({ length: traces }, (_, k) => first + k);
    this.quietly(this.plotly.update(this.box, this.scores.columns(this.options.seconds), this.scores.places(), which));
    this.box.dataset.scores = this.scored;
  }

  rebuild() {
    if (!this.ready) return;
    const x = [], y = [];
    this.runs.forEach((run, index) => {
      run.rewound = false;
      this.drawn[index] = 0;
      this.memory[index] = {};
      for (const column of this.columns(index)) { x.push(column.x); y.push(column.y); }
    });
    const raw = this.single && this.options.smoothing > 0;
    const visible = x.map((_, k) => !this.single || k < this.curves[0].length || raw);
    const change = { "yaxis.type": this.options.log ? "log" : "linear", "xaxis.title.text": this.xTitle() };
    if (!this.zoomed) for (const axis of ["xaxis", ...this.panels, "yaxis3"]) change[`${axis}.autorange`] = true;
    this.fitted = "";
    this.quietly(this.plotly.update(this.box, { x, y, visible }, change, x.map((_, k) => k))).then(() => { this.fit(); this.point(this.at); });
    this.score();
    this.mark();
    this.count();
  }

  count() { this.box.dataset.rows = this.drawn[0]; }

  // The number of a run's first trace; of a single run the raw curves follow the smoothed ones.
  first(index) { return this.curves.slice(0, index).reduce((sum, each) => sum + each.length, 0) * (this.single ? 2 : 1); }

  // New points of a run's curves since the last call: smoothed ones, then for a single run the raw ones.
  columns(index) {
    const run = this.runs[index], curves = this.curves[index], memory = this.memory[index], { smoothing, seconds, log } = this.options;
    const made = curves.map(() => ({ x: [], y: [] })), raw = curves.map(() => ({ x: [], y: [] }));
    for (let i = this.drawn[index]; i < run.rows.length; i++) {
      const row = run.rows[i], x = seconds ? row.seconds : row.step;
      curves.forEach(({ key, axis }, k) => {
        const value = row[key] ?? null; // null: that player stood still, or the number broke
        const kept = (memory[key] ??= { sum: 0, weight: 0 });
        if (value !== null) { // exponential, without a bias towards 0 at the start
          kept.sum = smoothing * kept.sum + (1 - smoothing) * value;
          kept.weight = smoothing * kept.weight + (1 - smoothing);
        }
        if (i % this.stride) return;
        // On a log axis what is not above 0 is a gap: the memory of a vanished loss would be drawn as a curve.
        const gap = value === null || (log && axis === "y" && value <= 0);
        made[k].x.push(x); made[k].y.push(gap ? null : kept.sum / kept.weight);
        raw[k].x.push(x); raw[k].y.push(gap ? null : value);
      });
    }
    this.drawn[index] = run.rows.length;
    return this.single ? [...made, ...raw] : made;
  }

  // ---- how it looks ----
  traces() {
    return this.runs.flatMap((run, index) => {
      const colour = ({ role }) => (this.single ? this.colours[role] : this.colours.runs[index % this.colours.runs.length]);
      // Of several runs the first curve of a panel stands for the run; the key below says what dashes mean.
      const first = this.curves[index].filter(({ axis }, k, all) => all.findIndex((each) => each.axis === axis) === k);
      const smooth = this.curves[index].map((curve) => ({
        x: [], y: [], type: "scatter", mode: "lines", yaxis: curve.axis, legend: curve.legend,
        name: this.single ? run.word(curve.key, this.text) : `${run.short} ${run.word(curve.key, this.text)}`,
        line: { color: colour(curve), width: 2, dash: this.single ? "solid" : curve.dash },
        hovertemplate: "%{y:.4g}", showlegend: this.single || first.includes(curve),
      }));
      const raw = this.curves[index].map((curve) => ({
        x: [], y: [], type: "scatter", mode: "lines", yaxis: curve.axis, showlegend: false, hoverinfo: "skip",
        opacity: 0.3, line: { color: colour(curve), width: 1 }, visible: this.options.smoothing > 0,
      }));
      return this.single ? [...smooth, ...raw] : smooth;
    });
  }

  layout() {
    return {
      uirevision: "stay", hovermode: "x unified", dragmode: coarse() ? false : "zoom", showlegend: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 54, r: 10, t: 30, b: 42 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      legend2: { orientation: "h", x: 0, y: 0.4, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      modebar: { bgcolor: "rgba(0,0,0,0)" },
      xaxis: { title: { text: this.xTitle(), standoff: 4 }, anchor: "y2", exponentformat: "none", zeroline: false },
      yaxis: { title: { text: this.runs.every(({ kind }) => kind === "vae") ? this.text.nats : this.text.losses }, domain: [0.52, 1], type: this.options.log ? "log" : "linear", zeroline: false, nticks: 4, tickformat: "~g" },
      yaxis2: { title: { text: this.text.scores }, domain: [0, 0.39], zeroline: false },
      ...this.scores.axes(),
    };
  }

  xTitle() { return this.options.seconds ? this.text.x_seconds : this.text.x_step; }

  recolour() {
    const style = getComputedStyle(this.box), read = (name) => style.getPropertyValue(name).trim();
    const text = read("--st-text-color"), back = read("--st-secondary-background-color"), grid = read("--st-border-color");
    const now = [text, back, grid].join();
    if (!this.ready || now === this.palette) return;
    this.palette = now;
    const change = {
      "font.color": text, "font.family": read("--st-font"), "font.size": 14, "hoverlabel.bgcolor": back,
      "hoverlabel.font.color": text, "modebar.color": grid, "modebar.activecolor": text,
    };
    this.ink = text;
    for (const axis of ["xaxis", ...this.panels, "yaxis3", "yaxis4"]) change[`${axis}.gridcolor`] = change[`${axis}.linecolor`] = grid;
    this.quietly(this.plotly.relayout(this.box, change));
    this.mark();
  }

  // ---- where one looks ----
  point(step) {
    this.at = step;
    this.mark();
  }

  // The cursor, and below it the stages of the first run as bands.
  mark() {
    if (!this.ready || !this.ink) return;
    const [run] = this.runs, { seconds } = this.options, x = (step) => (seconds ? run.secondsAt(step) : step);
    const { xaxis, width, margin } = this.box._fullLayout, [from, to] = xaxis.range;
    const pixels = (width - margin.l - margin.r) / (to - from);
    const shapes = [cursor(this.at === undefined ? undefined : x(this.at), this.ink), ...bands(run, x, pixels, this.text, this.ink)];
    const wanted = JSON.stringify(shapes);
    if (wanted === this.marked) return;
    this.marked = wanted;
    this.quietly(this.plotly.relayout(this.box, { shapes }));
  }

  stepAt(x) {
    if (!this.options.seconds) return x;
    return (this.runs[0].rows.find((row) => row.seconds >= x) ?? this.runs[0].rows.at(-1)).step;
  }

  moved(change) {
    if (this.own) return; // we did that ourselves
    const touched = Object.keys(change);
    if (touched.some((name) => /axis\d?\.range/.test(name))) this.zoomed = true;
    if (touched.some((name) => /axis\d?\.autorange/.test(name))) { this.zoomed = false; this.fitted = ""; this.fit(); }
    this.box.dataset.zoomed = this.zoomed;
  }

  // Cut outliers off at the 1 % and 99 % marks of each panel, unless the viewer zoomed.
  fit() {
    if (this.zoomed || this.closed || this.held) return;
    const change = {};
    for (const name of this.panels) {
      const axis = name.replace("axis", ""), log = name === "yaxis" && this.options.log;
      const shown = this.box.data.filter((trace) => trace.yaxis === axis && trace.visible !== false);
      const room = axis === "y" && this.runs[0].stages.length ? 0.3 : 0.08; // above the curves, for names of stages
      const range = this.options.clip ? inner(shown.flatMap((trace) => trace.y), log, room) : null;
      if (range) change[`${name}.range`] = range; else change[`${name}.autorange`] = true;
    }
    const wanted = JSON.stringify(change);
    if (wanted === this.fitted) return;
    this.fitted = wanted;
    this.quietly(this.plotly.relayout(this.box, change));
  }

  quietly(done) { // Plotly reports our own changes like a viewer's
    this.own = (this.own ?? 0) + 1;
    return done.finally(() => { this.own -= 1; });
  }
}

function coarse() { return matchMedia("(pointer: coarse)").matches; } // a finger on the curves scrolls the page

function inner(values, log, room) {
  const sorted = values.filter((value) => value !== null && (!log || value > 0)).sort((a, b) => a - b);
  if (sorted.length < 20) return null;
  let low = sorted[Math.floor(0.01 * sorted.length)], high = sorted[Math.ceil(0.99 * sorted.length) - 1];
  if (log) { low = Math.log10(low); high = Math.log10(high); }
  const span = high - low || 1.25;
  return [low - 0.08 * span, high + room * span];
}
