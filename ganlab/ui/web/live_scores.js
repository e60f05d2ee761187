// The panel of scores below both others: FID on a log axis with the classes covered, or for points the share near a
// heap with the heaps covered.  Hidden until a run has scores; they are few, so they are drawn as they are.

const PICTURES = [{ key: "fid", role: "generator", axis: "y3" }, { key: "modes", role: "real", axis: "y4" }];
const POINTS = [{ key: "high_quality", role: "generator", axis: "y3" }, { key: "modes", role: "real", axis: "y4" }];
// Panels from top to bottom: without and with scores; runs without a critic have no second one.
const ALONE = { yaxis: [0.52, 1], yaxis2: [0, 0.39] }, WITH = { yaxis: [0.71, 1], yaxis2: [0.38, 0.59], yaxis3: [0, 0.26] };
const PLAIN = { yaxis: [0, 1] }, PLAIN_WITH = { yaxis: [0.45, 1], yaxis3: [0, 0.33] };

export class Scores {
  constructor({ runs, text, colours }) {
    Object.assign(this, { runs, text, colours, single: runs.length === 1, points: runs[0].points });
    this.curves = this.points ? POINTS : PICTURES;
    this.critic = runs.some((run) => run.kind !== "vae");
    this.compared = runs.map((run) => run.points === this.points); // no FID beside shares of points
  }

  get count() { return this.runs.reduce((sum, run) => sum + run.scores.length, 0); }

  name(key) { return this.text[key === "modes" && this.points ? "heaps" : key]; }

  traces() {
    return this.runs.flatMap((run, index) => this.curves.map(({ key, role, axis }) => ({
      x: [], y: [], type: "scatter", mode: "lines+markers", yaxis: axis, legend: "legend3", marker: { size: 5 },
      showlegend: this.single || axis === "y3",
      name: this.single ? this.name(key) : `${run.short} ${this.name(key)}`,
      line: {
        width: 2, dash: axis === "y4" ? "dot" : "solid", shape: axis === "y4" ? "hv" : "linear",
        color: this.single ? this.colours[role] : this.colours.runs[index % this.colours.runs.length],
      },
      hovertemplate: "%{y:.4g}",
    })));
  }

  // All points of all traces.
  columns(seconds) {
    const x = [], y = [];
    this.runs.forEach((run, index) => {
      const rows = this.compared[index] ? run.scores : [];
      for (const { key } of this.curves) {
        x.push(rows.map((row) => (seconds ? run.secondsAt(row.step) : row.step)));
        y.push(rows.map((row) => row[key] ?? null));
      }
    });
    return { x, y };
  }

  axes() {
    return {
      yaxis3: { title: { text: this.points ? this.text.share : this.text.fid }, type: this.points ? "linear" : "log", visible: false, zeroline: false, tickformat: "~g", nticks: 4 },
      yaxis4: { overlaying: "y3", side: "right", showgrid: false, rangemode: "tozero", visible: false, zeroline: false, nticks: 4, tickmode: "auto", tickformat: "d", title: { text: this.points ? this.text.heaps_axis : this.text.modes_axis } },
      legend3: { orientation: "h", x: 0, y: this.critic ? 0.27 : 0.34, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
    };
  }

  // What the figure must be changed to when there are scores, and when there are none any more.
  places() {
    const shown = this.count > 0, above = this.critic ? "y2" : "y";
    const change = { "xaxis.anchor": shown ? "y3" : above, "margin.r": shown ? 48 : 10, "legend2.y": shown ? 0.6 : 0.4 };
    if (this.critic) change["yaxis2.title.text"] = shown ? this.text.scores_short : this.text.scores; // there is less room
    const [alone, beside] = this.critic ? [ALONE, WITH] : [PLAIN, PLAIN_WITH];
    for (const [axis, domain] of Object.entries(shown ? beside : alone)) change[`${axis}.domain`] = domain;
    for (const axis of ["yaxis3", "yaxis4"]) change[`${axis}.visible`] = shown;
    return change;
  }
}
