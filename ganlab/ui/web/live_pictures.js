// What the runs' averaged generators made of their fixed noise, with one slider back through time for all of them.

const SIDE = 480; // pixels of a canvas for points

export class Pictures {
  // on(step): the slider stands at another step
  constructor(box, { runs, text, colours }, on) {
    Object.assign(this, { box, runs, text, colours, on });
    this.following = true; // the slider stays at the newest preview
    this.steps = [];
    const panes = element(box, "div", runs.length > 1 ? "panes several" : "panes");
    this.panes = runs.map((run) => new Pane(panes, run, this));
    if (runs.some((run) => run.points)) this.legend();
    const label = element(box, "label", "time");
    this.caption = element(label, "span", "caption");
    this.caption.textContent = text.no_picture; // until the first one comes
    this.slider = element(label, "input");
    Object.assign(this.slider, { type: "range", min: 0, max: 0, step: 1, value: 0, disabled: true });
    this.slider.setAttribute("aria-label", text.time);
    this.slider.oninput = () => this.follow(+this.slider.value === this.steps.length - 1);
    this.live = element(label, "button", "follow");
    this.live.type = "button";
    this.live.textContent = text.follow;
    this.live.title = text.follow_help;
    this.live.onclick = (event) => { event.preventDefault(); this.follow(true); };
    this.values = element(box, "p", "values");
  }

  legend() {
    const legend = element(this.box, "div", "legend");
    for (const role of ["real", "generator", "critic"]) {
      const item = element(legend, "span");
      element(item, "i", role).style.background = this.colours[role];
      item.append(this.text[`points_${role}`]);
    }
  }

  follow(newest) {
    this.following = newest;
    this.show();
  }

  // There may be new previews, or fewer after a resumption.
  news() {
    const merged = [...new Set(this.runs.flatMap((run) => run.previews))].sort((a, b) => a - b);
    const same = merged.length === this.steps.length && merged.at(-1) === this.steps.at(-1);
    const step = this.step;
    this.steps = merged;
    if (!merged.length) return;
    this.slider.disabled = false;
    this.slider.max = merged.length - 1;
    if (!same && !this.following) this.slider.value = Math.max(0, merged.findLastIndex((each) => each <= step));
    this.show();
  }

  goTo(step) {
    let best = 0;
    this.steps.forEach((each, index) => { if (Math.abs(each - step) < Math.abs(this.steps[best] - step)) best = index; });
    this.slider.value = best;
    this.follow(best === this.steps.length - 1);
  }

  get step() { return this.steps[+this.slider.value]; }

  show() {
    if (this.following) this.slider.value = this.steps.length - 1;
    const step = this.step;
    if (step === undefined) return;
    this.live.setAttribute("aria-pressed", this.following);
    this.caption.textContent = `${this.text.step} ${number(step, this.text)}`;
    this.slider.setAttribute("aria-valuetext", this.caption.textContent);
    for (const pane of this.panes) pane.show(step);
    this.tell(step);
    if (this.told !== step) this.on((this.told = step));
  }

  // The curves' values at that step, in words.
  tell(step) {
    const [run] = this.runs, row = this.runs.length === 1 && { ...run.scoreAt(step), ...run.rowAt(step) };
    const names = ["generator_loss", "critic_loss", "reconstruction_loss", "divergence", "real_score", "fake_score", "fid"];
    const known = row ? names.filter((name) => typeof row[name] === "number") : [];
    this.values.textContent = known.map((name) => `${run.word(name, this.text)} ${row[name].toPrecision(3)}`).join(" · ");
  }

  repaint() { for (const pane of this.panes) pane.repaint(); }
}

class Pane {
  constructor(box, run, all) {
    Object.assign(this, { run, all });
    const figure = element(box, "figure");
    this.picture = element(figure, run.points ? "canvas" : "img", "picture");
    this.title = element(figure, "figcaption");
    if (run.points) {
      this.picture.width = this.picture.height = SIDE;
      this.picture.setAttribute("role", "img");
    }
    this.name(undefined);
  }

  name(step) {
    const { text, runs } = this.all, several = runs.length > 1;
    this.title.hidden = !several;
    this.title.textContent = step === undefined ? this.run.short : `${this.run.short} · ${text.step} ${number(step, text)}`;
    const words = [several ? this.run.name : "", step === undefined ? text.no_picture : `${text.picture}, ${text.step} ${number(step, text)}`];
    this.picture.setAttribute(this.run.points ? "aria-label" : "alt", words.filter(Boolean).join(": "));
  }

  show(step) {
    const own = this.run.previewAt(step);
    if (own === undefined) return;
    const address = this.run.pictureOf(own);
    if (this.wanted === address) return;
    this.wanted = address;
    this.name(own);
    (this.run.points ? this.scatter(address) : this.swap(address)).then(
      () => { if (this.wanted === address) this.picture.dataset.step = own; },
      () => { if (this.wanted === address) this.wanted = null; }, // gone meanwhile; the next look tries again
    );
  }

  async swap(address) { // decoded before it is shown: no white flash between two pictures
    const next = new Image();
    next.src = address;
    await next.decode();
    if (this.wanted === address) this.picture.src = address;
  }

  async scatter(address) {
    this.real ??= get(`api/points/${this.run.dataset}`).catch(() => []);
    const [real, preview] = await Promise.all([this.real, get(address)]);
    if (this.wanted !== address) return;
    this.painted = [real, preview];
    this.repaint();
  }

  repaint() {
    if (!this.painted) return;
    const [real, { points, surface, extent }] = this.painted, [left, right, bottom, top] = extent;
    const context = this.picture.getContext("2d"), { colours } = this.all;
    const x = (value) => ((value - left) / (right - left)) * SIDE, y = (value) => ((top - value) / (top - bottom)) * SIDE;
    context.globalAlpha = 1;
    context.fillStyle = getComputedStyle(this.picture).getPropertyValue("--st-background-color") || "#fff";
    context.fillRect(0, 0, SIDE, SIDE);
    context.globalAlpha = 0.55;
    context.imageSmoothingEnabled = true; // 32 values a side, drawn as the surface they were taken from
    if (surface) context.drawImage(plane(surface, colours.critic), 0, 0, SIDE, SIDE); // no critic, no surface
    context.globalAlpha = 0.9;
    for (const [set, colour, radius] of [[real, colours.real, 2], [points, colours.generator, 2.6]]) {
      context.fillStyle = colour;
      for (const point of set) { context.beginPath(); context.arc(x(point[0]), y(point[1]), radius, 0, 7); context.fill(); }
    }
  }
}

// The critic's logits as opacities of its colour, from the lowest to the highest; rows come bottom to top.
function plane(surface, colour) {
  const n = surface.length, flat = surface.flat().filter((value) => value !== null);
  const low = Math.min(...flat), span = Math.max(...flat) - low || 1;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const canvas = new OffscreenCanvas(n, n), context = canvas.getContext("2d"), image = context.createImageData(n, n);
  surface.forEach((row, i) => row.forEach((value, j) => {
    image.data.set([red, green, blue, (255 * ((value ?? low) - low)) / span], 4 * ((n - 1 - i) * n + j));
  }));
  context.putImageData(image, 0, 0);
  return canvas;
}

async function get(address) {
  const answer = await fetch(new URL(address, document.baseURI));
  if (!answer.ok) throw new Error(address);
  return answer.json();
}

export function number(value, text) { return value.toLocaleString(text.locale); }

export function element(parent, tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}
