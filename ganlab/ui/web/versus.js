// Members side by side, drawn anew while the slider moves: samples from latents so many times as long, and a walk.

const version = new URL(import.meta.url).search; // its part changes its address together with it
const { Frames } = await import(`./frames.js${version}`);

export function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".versus");
  const view = (root.view ??= new View(root));
  view.tell = (reach) => setStateValue("reach", reach);
  view.again = () => setTriggerValue("again", true);
  view.show(data);
}

class View {
  constructor(root) {
    this.frames = new Frames({
      shown: (bytes, head, wish) => this.paint(bytes, head, wish),
      failed: (why) => { this.fault.textContent = why ?? this.data.text.failed; },
      gone: () => this.again(),
    });
    const head = add(root, "div", "reach"), label = add(head, "label");
    this.name = add(label, "span");
    this.range = add(label, "input");
    Object.assign(this.range, { type: "range", min: 0, step: 0.05 });
    this.shown = add(label, "output");
    this.usual = add(head, "button");
    this.columns = add(root, "div", "columns");
    this.fault = add(root, "p", "fault");
    this.fault.setAttribute("role", "status");
    this.range.oninput = () => this.want();
    this.range.onchange = () => this.release();
    this.usual.onclick = () => { this.range.value = 1; this.want(); this.release(); };
  }

  show(data) {
    const { text, members } = data, before = this.data;
    this.data = data;
    this.name.textContent = text.reach;
    this.usual.textContent = text.usual;
    this.range.max = data.most;
    // What Python says holds unless it only repeats what this slider told it, or a moment ago still said.
    if (data.reach !== this.told && data.reach !== before?.reach) this.range.value = data.reach;
    if (JSON.stringify(before?.members) !== JSON.stringify(members)) this.build(members);
    this.frames.at(data.address);
    if (before?.address !== data.address || before.told !== data.told || !this.painted) this.want();
    this.label();
  }

  build(members) {
    this.panes = members.map(({ title, name, colour, alt, walk_alt: walkAlt }) => {
      const pane = {}, figure = document.createElement("figure"), caption = add(figure, "figcaption");
      caption.style.borderColor = colour;
      add(caption, "b").textContent = title;
      add(caption, "span").textContent = name;
      pane.samples = canvas(figure, alt);
      pane.numbers = add(figure, "p", "numbers");
      add(figure, "p", "walk").textContent = this.data.text.walk;
      pane.walk = canvas(figure, walkAlt);
      pane.figure = figure;
      return pane;
    });
    this.columns.replaceChildren(...this.panes.map((pane) => pane.figure));
    this.painted = false;
  }

  want() {
    this.label();
    this.frames.ask({ reach: +this.range.value });
  }

  release() {
    this.told = +this.range.value;
    this.tell(this.told);
  }

  label() { this.shown.textContent = `× ${(+this.range.value).toFixed(2)}`; }

  paint(bytes, { sharpness, ink, length }, { reach }) {
    const { samples, columns, shape, real, told, text } = this.data, [height, width, channels] = shape;
    const size = height * width * channels, each = samples + columns;
    this.panes.forEach((pane, place) => {
      const own = bytes.subarray(place * each * size, (place + 1) * each * size);
      tile(pane.samples, own.subarray(0, samples * size), samples, columns, shape);
      tile(pane.walk, own.subarray(samples * size), columns, columns, shape);
      const share = real ? ` ${fill(text.of_real, { share: Math.round((100 * sharpness[place]) / real) })}` : "";
      const words = `${text.sharpness} ${sharpness[place].toPrecision(3)}${share} · ${text.ink} ${Math.round(100 * ink[place])} %`;
      pane.numbers.textContent = told ? words : "";
      pane.samples.dataset.reach = reach;
    });
    this.shown.textContent = `× ${(+this.range.value).toFixed(2)} · ${fill(text.length, { length: length.toFixed(1) })}`;
    this.fault.textContent = "";
    this.painted = true;
  }
}

function tile(canvas, bytes, count, columns, [height, width, channels]) {
  const rows = Math.ceil(count / columns);
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const context = canvas.getContext("2d");
  for (let i = 0, at = 0; i < count; i++) {
    const image = context.createImageData(width, height);
    for (let p = 0; p < image.data.length; p += 4, at += channels) {
      for (let c = 0; c < 3; c++) image.data[p + c] = bytes[at + (channels === 3 ? c : 0)];
      image.data[p + 3] = 255;
    }
    context.putImageData(image, (i % columns) * (width + 1), Math.floor(i / columns) * (height + 1));
  }
}

function canvas(parent, alt) {
  const made = add(parent, "canvas");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", alt);
  return made;
}

function fill(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); }

function add(parent, tag, name) {
  const made = parent.appendChild(document.createElement(tag));
  if (name) made.className = name;
  return made;
}
