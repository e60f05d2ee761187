// Walks through a latent space: pictures that follow the pointer, each really drawn by the server, newest wish only.
// Python mounts this, says between what to walk and how; the browser says where, and tells Python when it stays there.

const version = new URL(import.meta.url).search; // its parts change their addresses together with it
const [{ Frames }, { Pad }, { Panes, element, paint }] = await Promise.all(
  ["frames", "explore_pad", "explore_panes"].map((part) => import(`./${part}.js${version}`)),
);

const SETTLE = 350; // ms after which a place moved by keys or a slider is told
const RATE = 30, CALM = 1; // places a second of a tour; where less motion is wished, single steps
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".explore");
  root.view ??= new View(root);
  root.view.take(data, setStateValue);
  return () => { root.view?.close(); root.view = null; };
}

class View {
  constructor(root) {
    this.root = root;
    const again = () => this.set?.("again", Date.now());
    const failed = (sentence) => this.fail(sentence);
    this.steps = new Frames({ shown: (...all) => this.shown(...all), failed, gone: again });
    this.cells = new Frames({ shown: (pixels, head) => this.pad.paint(pixels, head.shape), failed, gone: again });
    this.terms = new Frames({ shown: (pixels, head) => this.showTerms(pixels, head.shape), failed, gone: again });
    this.told = [];
  }

  close() { this.pause(); clearTimeout(this.settling); }

  take(data, set) {
    this.set = set;
    const { text } = data, shape = [data.kind, data.names.length, data.n, text.loop, data.names, data.directions].join();
    this.data = data;
    if (this.built !== shape) this.build(shape);
    const given = JSON.stringify(data.place);
    if (!this.told.includes(given)) this.place = { ...data.place }; // not what we have just told Python ourselves
    this.told = [given];
    this.pad.centre(this.place);
    if (this.address !== data.address) {
      this.address = data.address;
      for (const frames of [this.steps, this.cells, this.terms]) frames.at(data.address);
      this.repaint();
    } else this.move(this.place, false);
  }

  // ---- what stands on the page ----
  build(shape) {
    const { root, data } = this, { text, kind } = data;
    this.pause();
    this.built = shape;
    root.replaceChildren();
    root.dataset.kind = kind;
    const body = element(root, "div", "body"), left = element(body, "div", "left"), top = element(left, "div", "top");
    this.termsBox = kind === "sum" ? element(top, "div", "terms") : null;
    this.pad = new Pad(element(top, "div", "pad"), data, {
      hover: (where) => this.hover(where),
      move: (where) => { this.pause(); this.move(where); },
      settle: () => this.settle(0),
      key: (where) => { this.pause(); this.move(where); this.settle(SETTLE); },
    });
    this.controls(element(left, "div", "controls"));
    const right = element(body, "div", "right"), flat = kind === "line" || kind === "sum";
    this.sliders = [];
    if (data.directions.length) this.directions(element(flat ? left : right, "fieldset", "directions"));
    this.panes = new Panes(element(right, "div", "panes"), data, (row) => { this.place.row = row; this.repaint(); this.settle(0); });
  }

  controls(box) {
    const { text, kind } = this.data;
    this.buttons = {};
    const bar = element(box, "div", "bar");
    for (const how of ["loop", "random"]) {
      const button = element(bar, "button", how);
      button.type = "button";
      button.textContent = text[how];
      button.setAttribute("aria-pressed", "false");
      button.onclick = () => (this.playing === how ? this.stop() : this.play(how));
      this.buttons[how] = button;
    }
    const reset = element(bar, "button");
    reset.type = "button";
    reset.textContent = text.reset;
    reset.onclick = () => {
      this.pause();
      this.place = { x: 0, y: 0, truncation: 1, row: 0, along: [] };
      this.pad.centre(this.place);
      this.repaint();
      this.settle(0);
    };
    if (kind === "seeds" || kind === "plane") {
      const label = element(bar, "label"), input = element(label, "input");
      input.type = "checkbox";
      input.onchange = () => { this.snap = input.checked; this.move(this.place); this.settle(SETTLE); };
      label.append(` ${text.snap}`);
      label.title = text.snap_help;
    }
    this.ranges = {};
    const most = kind === "sum" ? 1.5 : 1;
    if (kind === "seeds") for (const axis of ["x", "y"]) this.range(box, axis, { type: "number", step: 0.1, min: 0 });
    else {
      this.range(box, "x", { type: "range", min: 0, max: most, step: 0.01 });
      if (kind === "plane") this.range(box, "y", { type: "range", min: 0, max: 1, step: 0.01 });
    }
    this.range(box, "truncation", { type: "range", min: 0, max: 2, step: 0.05 });
    this.status = element(box, "p", "status");
    this.status.setAttribute("role", "status");
  }

  // A slider for each direction, in standard deviations of the noise.
  directions(box) {
    const { text, directions, farthest } = this.data;
    element(box, "legend").textContent = text.directions;
    box.title = text.directions_help;
    this.sliders = directions.map((title, place) => {
      const label = element(box, "label"), word = element(label, "span"), shown = element(label, "output");
      word.textContent = title;
      const input = Object.assign(element(label, "input"), { type: "range", min: -farthest, max: farthest, step: 0.1 });
      input.oninput = () => {
        this.pause();
        const along = Array.from({ length: directions.length }, (_, other) => this.place.along[other] ?? 0);
        along[place] = input.valueAsNumber;
        this.place = { ...this.place, along };
        this.repaint();
        this.settle(SETTLE);
      };
      input.onchange = () => this.settle(0);
      return { input, shown };
    });
  }

  range(box, name, options) {
    const { text } = this.data, label = element(box, "label", "range"), word = element(label, "span");
    word.textContent = text[name];
    label.title = text[`${name}_help`] ?? "";
    const input = Object.assign(element(label, "input"), options), shown = element(label, "output");
    input.oninput = () => {
      if (!Number.isFinite(input.valueAsNumber)) return;
      this.pause();
      const where = { ...this.place, [name]: Math.max(input.valueAsNumber, 0) };
      if (name === "truncation") { this.place = where; this.repaint(); } else { this.pad.centre(where); this.move(where); }
      this.settle(SETTLE);
    };
    input.onchange = () => this.settle(0);
    this.ranges[name] = { input, shown };
  }

  // ---- where we are ----
  hover(where) { // a look: leaving the pad goes back to the place that was kept
    if (this.playing) return;
    this.looking = where ? this.snapped(where) : null;
    this.ask();
  }

  move(where, looking = false) {
    this.looking = looking ? this.looking : null;
    this.place = { ...this.place, ...this.snapped(where) };
    this.ask();
  }

  snapped(where) { return this.snap ? { ...where, x: Math.round(where.x), y: Math.round(where.y) } : where; }

  ask() {
    const { x, y } = this.looking ?? this.place, { truncation, row, along } = this.place;
    this.pad.mark(x, y);
    this.sliders.forEach(({ input, shown }, place) => {
      input.value = along[place] ?? 0;
      shown.textContent = (along[place] ?? 0).toFixed(1);
    });
    for (const [name, { input, shown }] of Object.entries(this.ranges)) {
      const value = { x, y, truncation }[name];
      if (this.root.getRootNode().activeElement !== input || input.type === "range") input.value = +value.toFixed(3);
      shown.textContent = value.toFixed(2);
    }
    if (this.address) this.steps.ask({ what: "step", x, y, truncation, row, along });
  }

  repaint() {
    this.ask();
    const { truncation, row, along } = this.place, { xs, ys } = this.pad.cells();
    this.panes.pick(row);
    this.cells.ask({ what: "pad", xs, ys, truncation, row, along });
    if (this.termsBox) this.terms.ask({ what: "terms", truncation, row, along });
  }

  settle(after) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.pad.centre(this.place)) this.repaint();
      const round = (value) => Math.round(value * 1e4) / 1e4;
      const { x, y, truncation, row, along } = this.place;
      const told = { x: round(x), y: round(y), truncation: round(truncation), row, along: along.slice(0, along.findLastIndex(Boolean) + 1).map(round) };
      this.told.push(JSON.stringify(told));
      this.set("place", told);
    }, after);
  }

  // ---- tours ----
  play(how) {
    this.pause();
    const tour = this.data.tours[how], { x, y } = this.data.kind === "seeds" ? this.place : { x: 0, y: 0 };
    this.playing = how;
    this.press();
    let start = null, last = -1;
    const tick = (now) => {
      if (this.playing !== how) return;
      start ??= now;
      const pace = calm.matches ? CALM : RATE, stride = calm.matches ? RATE : 1;
      const index = (Math.floor(((now - start) / 1000) * pace) * stride) % tour.length;
      if (index !== last) {
        last = index;
        const where = { x: Math.abs(tour[index][0] + x), y: Math.abs(tour[index][1] + y) }; // mirrored where seeds begin
        this.move(where);
        if (this.pad.centre(this.place)) this.repaint();
      }
      this.tick = requestAnimationFrame(tick);
    };
    this.tick = requestAnimationFrame(tick);
  }

  stop() { this.pause(); this.settle(0); }

  pause() {
    cancelAnimationFrame(this.tick);
    this.playing = null;
    this.press();
  }

  press() {
    for (const [how, button] of Object.entries(this.buttons ?? {})) {
      const on = this.playing === how;
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? this.data.text.pause : this.data.text[how];
    }
  }

  // ---- what came back ----
  shown(pixels, head, { x, y }) {
    this.panes.paint(pixels, head.shape, head.weights);
    const { text, kind } = this.data;
    const where = kind === "line" || kind === "sum" ? `${text.x} ${x.toFixed(2)}` : `${text.place} (${x.toFixed(2)}, ${y.toFixed(2)})`;
    const line = `${where} · ${text.frame.replace("{ms}", head.ms < 100 ? head.ms : Math.round(head.ms))}`;
    this.status.dataset.fault = "";
    if (!this.playing || !this.said || Date.now() - this.said > 1000) { this.status.textContent = line; this.said = Date.now(); }
    this.root.dataset.frames = +(this.root.dataset.frames ?? 0) + 1;
  }

  fail(sentence) {
    this.status.textContent = sentence ?? this.data.text.lost;
    this.status.dataset.fault = "yes";
  }

  showTerms(pixels, [, terms, height, width, channels]) {
    this.termsBox.replaceChildren();
    const size = height * width * channels;
    [..."ABC"].slice(0, terms).forEach((letter, place) => {
      if (place) element(this.termsBox, "span", "sign").textContent = place === 1 ? "−" : "+";
      const figure = element(this.termsBox, "figure"), canvas = element(figure, "canvas");
      paint(canvas, pixels.subarray(place * size, (place + 1) * size), 1, height, width, channels, 1);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.data.text.term.replace("{letter}", letter).replace("{seed}", this.data.seeds[place]));
      element(figure, "figcaption").textContent = letter;
    });
  }
}
