// A run, or several laid over each other, as they go on: how it stands, its curves, its pictures through time.
// Python mounts this once and says which runs; their sockets bring the rest, and nothing is drawn anew by a rerun.

const version = new URL(import.meta.url).search; // its parts change their addresses together with it
const [{ Run }, { Chart }, { Pictures, element, number }] = await Promise.all(
  ["feed", "chart", "pictures"].map((part) => import(`./live_${part}.js${version}`)),
);

const ASK_AGAIN = 3000, MOST_ASKED = 5; // ms, and times

export function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live");
  const wanted = JSON.stringify(data.runs.map((run) => [run.name, run.lang]));
  if (root.view?.wanted !== wanted) {
    root.view?.close();
    root.view = new View(root, data, wanted);
  }
  root.view.said = data.state;
  root.view.tell = (what) => setStateValue("state", what);
  root.view.recolour();
  return () => { root.view?.close(); root.view = null; };
}

class View {
  constructor(root, data, wanted) {
    const { text, colours, plotly: script } = data;
    Object.assign(this, { root, wanted, text });
    // Nats of an autoencoder and losses of the game are a hundredfold apart.
    const apart = data.runs.some(({ kind }) => kind === "vaegan" || kind !== data.runs[0].kind);
    this.options = { smoothing: 0.6, log: apart, clip: true, seconds: false };
    this.runs = data.runs.map((facts, index) => new Run(facts, {
      news: () => this.news(),
      gone: () => { if (index === 0) this.ask("gone"); },
    }));
    root.replaceChildren();
    this.head(element(root, "div", "head"));
    const body = element(root, "div", "body"), left = element(body, "div", "curves");
    const box = element(left, "div", "chart");
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", text.chart);
    this.chart = new Chart(box, { runs: this.runs, text, colours, script, options: this.options }, (step) => this.pictures.goTo(step));
    this.health = element(left, "div", "health");
    this.health.setAttribute("role", "status");
    if (this.runs.length > 1) this.key(element(left, "p", "key"));
    this.controls(element(left, "div", "controls"));
    this.measured = element(left, "p", "measured");
    this.pictures = new Pictures(element(body, "div", "pictures"), { runs: this.runs, text, colours }, (step) => this.chart.point(step));
    this.chart.open().catch(() => { box.textContent = text.no_chart; });
  }

  close() {
    clearTimeout(this.asking);
    for (const run of this.runs) run.close();
    this.chart.close();
  }

  recolour() {
    this.chart.recolour();
    this.pictures.repaint();
  }

  news() {
    if (!this.pictures) return; // still being built
    const [main] = this.runs;
    if (main.state) this.stand(main);
    this.judge(main);
    this.chart.wake();
    this.pictures.news();
  }

  // ---- how the first run stands ----
  head(head) {
    this.badge = element(head, "span", "badge");
    this.bar = element(head, "progress", "bar");
    this.bar.setAttribute("aria-label", this.text.progress);
    this.bar.value = 0;
    this.facts = element(head, "span", "facts");
    this.message = element(this.root, "p", "message");
    this.message.setAttribute("role", "status");
    this.message.textContent = this.text.connecting;
  }

  stand(run) {
    const { text } = this, { state, steps, device, message, position, silent } = run.state;
    this.badge.textContent = text[`state_${state}`] ?? state;
    this.badge.dataset.state = silent ? "interrupted" : state;
    Object.assign(this.bar, { max: steps || 1, value: run.step });
    const facts = [`${number(run.step, text)} / ${number(steps, text)} ${text.steps}`];
    if (state === "running" && run.pace && !silent) {
      facts.push(`${number(Math.round(run.pace * run.batch_size), text)} ${text.rate}`);
      facts.push(`${text.about} ${duration((steps - run.step) / run.pace, text)} ${text.left}`);
    }
    if (run.stages.length) facts.unshift(`${text.stage} ${text[`stage_${run.stages.at(-1).name}`] ?? run.stages.at(-1).name}`);
    if (device !== "auto") facts.push(device === "cpu" ? text.cpu : device);
    this.facts.textContent = facts.join(" · ");
    const place = position ? `${text.position} ${position}. ` : "";
    const lost = run.connected || run.closed ? "" : `${text.lost} `;
    const first = state === "running" && !run.rows.length && !message ? text.first : "";
    const hangs = silent ? `${text.silent.replace("{minutes}", number(silent, text))} ` : "";
    const words = (lost + place + hangs + message + first).trim();
    if (this.message.textContent !== words) this.message.textContent = words; // said once by screen readers
    const now = [state, position, Boolean(silent)].join();
    if (this.stood !== now && (this.stood !== undefined || state !== this.said)) this.ask(state);
    this.stood = now;
  }

  // What is found of the first run, and what its scores are measured with.
  judge(run) {
    const found = JSON.stringify(run.health);
    if (this.found !== found) {
      this.found = found; // said once by screen readers
      this.health.replaceChildren();
      for (const { kind, text, advice } of run.health) {
        const line = element(this.health, "p");
        line.dataset.kind = kind;
        element(line, "strong").textContent = text;
        line.append(` ${advice}`);
      }
    }
    const { text } = this, row = run.scoring;
    if (!row || this.told === row) return;
    this.told = row;
    const words = row.message ?? text[run.points ? "measured_points" : "measured_pictures"];
    const said = (value) => (typeof value === "number" ? number(value, text) : text[`split_${value}`] ?? value);
    this.measured.textContent = words.replace(/\{(\w+)\}/g, (_, name) => said(row[name]));
  }

  // The buttons beside the curves depend on the state: Python runs again when it is another than it knows, and is
  // asked once more if that did not reach it (a server that has just been started again may still be busy).
  ask(state, times = 0) {
    clearTimeout(this.asking);
    this.tell(`${state} ${Date.now()}`);
    const again = () => { if (this.said !== state && this.stood?.startsWith(state)) this.ask(state, times + 1); };
    if (times < MOST_ASKED) this.asking = setTimeout(again, ASK_AGAIN);
  }

  // ---- controls of the curves ----
  controls(box) {
    const { text, options } = this;
    const label = element(box, "label", "smoothing"), range = element(label, "input"), shown = element(label, "output");
    label.prepend(`${text.smoothing} `);
    Object.assign(range, { type: "range", min: 0, max: 0.99, step: 0.01, value: options.smoothing });
    shown.textContent = options.smoothing.toFixed(2);
    range.oninput = () => {
      options.smoothing = +range.value;
      shown.textContent = options.smoothing.toFixed(2);
      this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.chart.rebuild(); });
    };
    for (const name of ["log", "clip", "seconds"]) {
      const label = element(box, "label"), input = element(label, "input");
      Object.assign(input, { type: "checkbox", checked: options[name] });
      label.append(` ${text[name]}`);
      label.title = text[`${name}_help`];
      input.onchange = () => {
        options[name] = input.checked;
        if (name !== "clip") this.chart.zoomed = false; // another axis: the zoom means nothing on it
        this.chart.rebuild();
      };
    }
  }

  key(box) { box.textContent = this.runs[0].staged ? `${this.text.key} ${this.text.key_stages}` : this.text.key; }
}

function duration(seconds, text) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} ${text.unit_seconds}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${text.unit_minutes}`;
  return `${(seconds / 3600).toFixed(1)} ${text.unit_hours}`;
}
