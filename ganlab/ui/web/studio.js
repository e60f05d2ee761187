// The studio: members around their fusion, which is painted anew with every move of a weight.
// Python says who draws what by which rule; pictures come as bytes from a route of ours, once. What the browser can
// fuse by itself it paints at once; for other rules the server is asked for the newest weights only. Weights go back
// to Python when a control is let go.

const version = new URL(import.meta.url).search; // all scripts change their addresses together
const load = (name) => import(`./${name}.js${version}`);
const [{ Ensemble, Sheet }, { Cell, element, button }, { Mixer }, { Look }, { Wipe }, { Numbers }, { Frames }] = await Promise.all(
  ["studio_paint", "studio_cell", "studio_mixer", "studio_look", "studio_wipe", "studio_numbers", "frames"].map(load),
);
const USUAL = 0.5, KEPT_TIMES = 300;

export function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".studio");
  root.view ??= new Studio(root);
  Object.assign(root.view, {
    tell: (setting) => setStateValue("setting", setting),
    restore: (setting) => setTriggerValue("restore", setting),
  });
  root.view.update(data);
  return () => { root.view = null; root.replaceChildren(); };
}

class Studio {
  constructor(root) {
    this.times = []; // ms of the newest repaints, for whoever measures
    this.root = element(root, "div", "board");
    this.left = element(this.root, "div", "side");
    this.middle = element(this.root, "div", "middle");
    this.right = element(this.root, "div", "side");
    this.stage = element(this.middle, "div", "stage");
    this.canvas = element(this.stage, "canvas", "fused");
    this.canvas.setAttribute("role", "img");
    this.status = element(this.middle, "p", "status");
    this.status.setAttribute("role", "status");
    this.tools = element(this.middle, "div", "tools");
    this.frames = new Frames({
      shown: (bytes, head, wish) => this.drawn(bytes, head, wish),
      failed: (fault) => { this.say(fault ?? this.data.text.lost); this.report(); },
      gone: () => { this.by = "gone"; this.report(); },
    });
    this.cells = [];
  }

  async update(data) {
    const before = this.data;
    this.data = data;
    if (before?.language !== data.language) this.words(data.text);
    if (before?.scene !== data.scene && !(await this.fetch(data))) return; // overtaken by a newer scene
    if (before?.turn !== data.turn || this.weights?.length !== data.members.length) this.weights = [...data.weights];
    this.members(before);
    this.canvas.setAttribute("aria-label", data.alt);
    this.frames.at(data.frames);
    this.root.dataset.rule = data.rule;
    this.numbers.stand(data.numbers, `${data.members.map(({ name }) => name)}`);
    this.show();
    this.measure();
  }

  async fetch(data) {
    this.root.dataset.state = "loading";
    const get = async ({ url }) => {
      const answer = await fetch(new URL(url, document.baseURI));
      if (!answer.ok) throw new Error(url);
      return new Uint8Array(await answer.arrayBuffer());
    };
    try {
      const pixels = await Promise.all(data.members.map(get));
      if (this.data.scene !== data.scene) return false;
      this.ensemble = new Ensemble(pixels, data.shape[0], data.coins);
      this.sheet = new Sheet(this.canvas, data.shape);
      return true;
    } catch { // the server has been started again and knows these pictures no more
      if (this.data.scene === data.scene) { this.by = "gone"; this.report(); }
      return false;
    }
  }

  words(text) {
    this.tools.replaceChildren();
    this.equal = button(this.tools, text.equal, () => this.set(this.weights.map((w, k) => (this.cells[k].locked ? w : USUAL)), "equal"));
    this.equal.classList.add("equal");
    this.line = element(element(this.tools, "label", "line"), "input");
    this.line.parentElement.prepend(`${text.line} `);
    this.line.onchange = () => this.read(this.line.value);
    this.wipe?.remove();
    this.wipe = new Wipe(this.stage, this.tools, text, { shown: () => this.shown(), restore: (setting) => this.restore(setting) });
    this.numbers?.remove();
    this.numbers = new Numbers(this.middle, text);
    this.look?.remove();
    this.look = new Look(this.middle, this.canvas, text);
    this.cells.forEach((cell) => cell.remove());
    this.cells = [];
  }

  // Lay out a cell for each member: the first half to the left of the fusion, the others to its right.
  members(before) {
    const { data } = this, { members, text, shape } = data, half = Math.ceil(members.length / 2);
    const names = members.map(({ name }) => name).join();
    if (this.named !== names || !this.cells.length) {
      this.cells.forEach((cell) => cell.remove());
      this.cells = members.map((member, k) => new Cell(k < half ? this.left : this.right, member, k, text, {
        moved: (weight) => this.move(k, weight),
        released: () => this.settle(),
        solo: () => this.solo(k),
        painted: (canvas) => this.look.watch(canvas),
      }));
      this.named = names;
      this.mixer?.remove();
      this.mixer = members.length < 4 ? new Mixer(this.middle, members, text, (weights, done) => this.mix(weights, done)) : null;
      this.root.dataset.members = members.length;
      before = null;
    }
    if (before?.scene !== data.scene) {
      this.cells.forEach((cell, k) => cell.paint(new Sheet(cell.canvas, shape), this.ensemble.pixels[k], members[k].alt));
      this.look.stand(this.sheet, members, this.ensemble, data.points);
    }
    for (const cell of this.cells) cell.weighs(data.weighs);
    for (const control of [this.equal, this.line]) control.disabled = !data.weighs;
    if (this.mixer) this.mixer.enable(data.weighs);
  }

  // ---- weights ----
  move(k, weight) {
    this.weights[k] = weight;
    this.soon();
  }

  mix(weights, done) {
    this.weights = weights;
    this.soon();
    if (done) this.settle("mixer");
  }

  set(weights, by) {
    this.weights = weights;
    this.show();
    this.settle(by);
  }

  solo(k) {
    const alone = this.weights.map((_, m) => +(m === k));
    const is = alone.every((weight, m) => weight === this.weights[m]);
    const back = is && this.unsoloed?.length === alone.length ? this.unsoloed : alone;
    if (!is) this.unsoloed = [...this.weights];
    this.set(back, "solo");
  }

  read(line) {
    const numbers = line.trim().split(/[\s,;]+/).map(Number), { members, text } = this.data;
    const right = numbers.length === members.length && numbers.every((number) => Number.isFinite(number) && number >= 0 && number <= 1);
    this.line.setAttribute("aria-invalid", String(!right));
    if (right) this.set(numbers, "line");
    else this.say(text.bad_line.replace("{count}", members.length));
  }

  soon() { this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.show(); }); }

  settle(by = "slider") {
    this.by = by;
    // First the picture: a glance and a run of the page would take the processor from it.
    if (this.data.painted || !(this.frame || this.frames.busy)) this.report();
  }

  report() {
    const { data, weights, cells, by } = this;
    if (!by) return; // nothing was let go of
    this.by = null;
    this.measure();
    this.tell({ weights, by, locked: cells.flatMap((cell, k) => (cell.locked ? [k] : [])), scene: data.scene, at: Date.now() });
  }

  // A glance at what is shown, once; Python's answer to a release asks for nothing new.
  measure() {
    const { data, weights } = this, asked = data.weighs ? weights : [], now = JSON.stringify([data.numbers, asked]);
    if (now === this.measured || (data.weighs && !weights.some((weight) => weight > 0))) return;
    this.measured = now;
    this.numbers.ask(asked);
  }

  // ---- painting ----
  show() {
    const { data, weights } = this, begun = performance.now();
    const total = data.weighs ? weights.reduce((sum, weight) => sum + weight, 0) : 1;
    const shares = data.weighs ? weights.map((weight) => (total > 0 ? weight / total : 0)) : weights.map(() => 1 / weights.length);
    this.cells.forEach((cell, k) => cell.stand(weights[k], shares[k], data));
    this.mixer?.stand(shares);
    if (document.activeElement !== this.line) this.line.value = weights.map((weight) => weight.toFixed(2)).join(", ");
    this.look.shares = shares;
    if (!(total > 0)) return this.say(data.text.all_zero);
    if (!data.painted && !data.frames) return this.say(data.text.to_learn);
    if (!data.painted) return this.frames.ask({ weights: data.weighs ? weights : [] });
    this.say("");
    this.paint(this.ensemble.fuse(data.rule, data.weighs ? weights : weights.map(() => 1)), {
      picked: data.rule === "mixture" ? Array.from(data.coins, (_, i) => this.ensemble.picked(i, shares)) : null,
    });
    this.times.push(performance.now() - begun);
    if (this.times.length > KEPT_TIMES) this.times.shift();
  }

  drawn(bytes, head, { weights }) {
    if (bytes.length !== this.ensemble?.size) return; // of another scene
    this.say("");
    this.answered = weights;
    this.paint(bytes, head);
    if (!this.frames.wish) this.report();
  }

  paint(bytes, told) {
    this.bytes = bytes;
    this.sheet.paint(bytes);
    this.look.stands(bytes, told);
    this.wipe.refresh();
    this.root.dataset.state = "painted";
    this.root.dataset.paints = Number(this.root.dataset.paints ?? 0) + 1;
  }

  // What the wipe holds on to.
  shown() {
    const { bytes, data, weights, sheet } = this;
    return bytes && { bytes: bytes.slice(), shape: data.shape, setting: { rule: data.rule, weights: [...weights], options: data.options }, title: data.title, sheet };
  }

  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words; // said once by screen readers
  }
}
