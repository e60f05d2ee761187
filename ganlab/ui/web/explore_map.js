// A map of latent space: points coloured by class; under the pointer the server draws what lies there.

const version = new URL(import.meta.url).search;
const [{ Frames }, { element, paint }] = await Promise.all(
  ["frames", "explore_panes"].map((part) => import(`./${part}.js${version}`)),
);

const STEP = 0.03, LEAP = 0.15; // of an arrow key, and with shift
const DOT = 3.2, RING = 7; // CSS pixels

export function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".atlas");
  root.land ??= new Land(root);
  root.land.take(data, setStateValue);
  return () => { root.land?.watch.disconnect(); root.land = null; };
}

class Land {
  constructor(root) {
    this.root = root;
    this.at = { x: 0, y: 0 };
    this.frames = new Frames({
      shown: (pixels, head) => this.shown(pixels, head),
      failed: (sentence) => { this.caption.textContent = sentence ?? this.data.text.lost; },
      gone: () => this.set("again", Date.now()),
    });
    this.plane = element(root, "canvas", "plane");
    this.plane.tabIndex = 0;
    this.plane.setAttribute("role", "application");
    const side = element(root, "div", "side");
    this.pictures = ["here", "nearest"].map((name) => {
      const figure = element(side, "figure"), canvas = element(figure, "canvas");
      canvas.setAttribute("role", "img");
      return { name, canvas, caption: element(figure, "figcaption") };
    });
    this.legend = element(side, "p", "legend");
    this.caption = element(side, "p", "caption");
    this.caption.setAttribute("role", "status");
    this.plane.onpointermove = (event) => this.go(this.where(event));
    this.plane.onpointerdown = (event) => { this.go(this.where(event)); this.press = true; };
    this.plane.onkeydown = (event) => this.key(event);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.plane);
  }

  take(data, set) {
    this.set = set;
    const fresh = this.data?.address !== data.address;
    this.data = data;
    this.plane.setAttribute("aria-label", `${data.text.sheet} ${data.text.help}`);
    for (const { name, canvas } of this.pictures) canvas.setAttribute("aria-label", data.text[name]);
    this.legend.replaceChildren(...data.classes.map((name, place) => {
      const chip = document.createElement("span");
      chip.style.setProperty("--colour", data.colours[place % data.colours.length]);
      chip.textContent = name;
      return chip;
    }));
    this.draw();
    if (fresh) {
      this.frames.at(data.address);
      this.frames.ask(this.at);
    }
  }

  where(event) {
    const box = this.plane.getBoundingClientRect(), within = (value) => Math.min(Math.max(value, -1), 1);
    return { x: within(((event.clientX - box.left) / box.width) * 2 - 1), y: within(1 - ((event.clientY - box.top) / box.height) * 2) };
  }

  go(at) {
    this.at = at;
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.draw(); });
    this.frames.ask(at);
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Enter") { this.press = true; this.frames.ask(this.at); return; }
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const far = event.shiftKey ? LEAP : STEP, within = (value) => Math.min(Math.max(value, -1), 1);
    this.go({ x: within(this.at.x + way[0] * far), y: within(this.at.y + way[1] * far) });
  }

  shown(pixels, { shape: [count, height, width, channels], row, label }) {
    const size = height * width * channels, { text, classes } = this.data;
    this.pictures.slice(0, count).forEach(({ name, canvas, caption }, place) => {
      paint(canvas, pixels.subarray(place * size, (place + 1) * size), 1, height, width, channels, 1);
      caption.textContent = name === "nearest" && label !== null ? `${text.nearest}: ${classes[label] ?? label}` : text[name];
    });
    this.near = row;
    this.root.dataset.frames = +(this.root.dataset.frames ?? 0) + 1;
    this.draw();
    if (this.press) { this.press = false; this.set("picked", row); }
  }

  draw() {
    const { plane, data } = this;
    if (!data || !plane.clientWidth) return;
    const scale = devicePixelRatio || 1, side = Math.round(plane.clientWidth * scale), style = getComputedStyle(plane);
    if (plane.width !== side) plane.width = plane.height = side;
    const pen = plane.getContext("2d"), place = ([x, y]) => [((x + 1) / 2) * side, ((1 - y) / 2) * side];
    pen.clearRect(0, 0, side, side);
    data.points.forEach((point, index) => {
      const label = data.labels?.[index], [x, y] = place(point), name = data.classes[label];
      pen.fillStyle = label === undefined ? style.color : data.colours[label % data.colours.length];
      if (name?.length === 1) { // digits are written: no colour has to be told from another
        pen.font = `600 ${11 * scale}px ${style.fontFamily}`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(name, x, y);
      } else {
        pen.globalAlpha = 0.75;
        pen.beginPath();
        pen.arc(x, y, DOT * scale, 0, 7);
        pen.fill();
        pen.globalAlpha = 1;
      }
    });
    const [x, y] = place([this.at.x, this.at.y]);
    pen.lineWidth = 2 * scale;
    pen.strokeStyle = "#d55e00";
    pen.beginPath();
    pen.arc(x, y, RING * scale, 0, 7);
    if (this.near !== undefined && data.points[this.near]) {
      pen.moveTo(x, y);
      pen.lineTo(...place(data.points[this.near]));
    }
    pen.stroke();
  }
}
