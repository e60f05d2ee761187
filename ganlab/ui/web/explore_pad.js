// Where to go: a strip for lines, a square for planes; pictures of many places behind, the place in front.

const version = new URL(import.meta.url).search;
const MANY = 4; // strips
const { element, paint } = await import(`./explore_panes.js${version}`);

const GRIDS = { line: 15, sum: 13, plane: 9, seeds: 5 }; // places across
const NARROW = { line: 9, sum: 7, plane: 7, seeds: 5 }; // on a phone
const REACH = { line: 1, sum: 1.5, plane: 1 }; // of x
const STEP = 0.02, LEAP = 0.1; // of an arrow key, and with shift
const EDGE = 1.5; // seeds from the middle before the endless plane moves on

export class Pad {
  constructor(box, { kind, strips, text }, tell) {
    Object.assign(this, { box, kind, text, tell, flat: kind === "line" || kind === "sum", middle: { x: 0, y: 0 } });
    this.across = (innerWidth < 700 ? NARROW : GRIDS)[kind];
    this.down = this.flat ? strips : this.across;
    box.tabIndex = 0;
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", `${text[`pad_${kind}`]} ${text.pad_help}`);
    box.style.aspectRatio = `${this.across} / ${this.down}`;
    // Of many strips each is thinner, so that the pictures below stay in sight.
    if (this.flat && strips > MANY) box.style.maxWidth = `max(15rem, calc((100vh - 28rem) * ${this.across / this.down}))`;
    box.style.setProperty("--across", this.across);
    this.canvas = element(box, "canvas");
    this.spot = element(box, "span", this.flat ? "line" : "spot");
    this.labels();
    this.at = { x: 0, y: 0 };
    box.onpointerdown = (event) => {
      if (event.button) return;
      box.setPointerCapture(event.pointerId);
      this.held = true;
      tell.move(this.where(event));
    };
    box.onpointermove = (event) => {
      if (this.held) tell.move(this.where(event));
      else if (event.pointerType === "mouse") tell.hover(this.where(event));
    };
    box.onpointerup = box.onpointercancel = () => {
      if (!this.held) return;
      this.held = false;
      tell.settle();
    };
    box.onpointerleave = () => { if (!this.held) tell.hover(null); };
    box.onkeydown = (event) => this.press(event);
  }

  labels() {
    const names = { line: ["A", "B"], plane: ["A", "B", "C", "D"], sum: ["A", "A − B + C"], seeds: [] }[this.kind];
    names.forEach((name, place) => {
      const label = element(this.box, "span", "label");
      label.textContent = name;
      const last = this.kind === "sum" ? `${((100 / REACH.sum) * (this.across - 1)) / this.across}%` : null; // where x is 1
      Object.assign(label.style, place % 2 ? (last ? { left: last } : { right: 0 }) : { left: 0 }, place > 1 ? { bottom: 0 } : { top: 0 });
    });
    if (this.kind !== "seeds") return;
    this.numbers = Array.from({ length: this.across * this.down }, () => element(this.box, "span", "label small"));
    this.numbers.forEach((label, place) => Object.assign(label.style, {
      left: `${(100 * (place % this.across)) / this.across}%`, top: `${(100 * Math.floor(place / this.across)) / this.down}%`,
    }));
  }

  // The endless plane moves on when the place comes near its edge; says whether it did.
  centre({ x, y }) {
    if (this.kind !== "seeds") return false;
    const far = (value, middle) => value - middle > EDGE || (middle - value > EDGE && middle > (this.across - 1) / 2);
    const moved = !this.centred || far(x, this.middle.x) || far(y, this.middle.y);
    if (moved) {
      const half = (this.across - 1) / 2; // seeds begin at zero
      this.middle = { x: Math.max(Math.round(x), half), y: Math.max(Math.round(y), half) };
      this.centred = true;
      const { xs, ys } = this.cells();
      xs.forEach((x, place) => { this.numbers[place].textContent = seedAt(x, ys[place]); });
    }
    return moved;
  }

  // Places of the pictures behind, row by row; a strip has one row for each member, asked for together.
  cells() {
    const xs = [], ys = [], half = (this.across - 1) / 2;
    for (let row = 0; row < (this.flat ? 1 : this.down); row++) {
      for (let column = 0; column < this.across; column++) {
        if (this.kind === "seeds") {
          xs.push(this.middle.x + column - half);
          ys.push(this.middle.y + row - half);
        } else {
          xs.push((REACH[this.kind] * column) / (this.across - 1));
          ys.push(this.flat ? 0 : row / (this.down - 1));
        }
      }
    }
    return { xs, ys };
  }

  paint(pixels, [panes, places, height, width, channels]) {
    const rows = this.flat ? panes : 1, n = rows * places;
    paint(this.canvas, pixels.subarray(0, n * height * width * channels), n, height, width, channels, this.across);
  }

  // From the pointer to a place: the middles of the pictures are the places they were drawn at.
  where(event) {
    const box = this.box.getBoundingClientRect();
    const u = ((event.clientX - box.left) / box.width) * this.across - 0.5;
    const v = ((event.clientY - box.top) / box.height) * this.down - 0.5;
    const half = (this.across - 1) / 2;
    if (this.kind === "seeds") return this.bounded({ x: this.middle.x + u - half, y: this.middle.y + v - half });
    return this.bounded({ x: (REACH[this.kind] * u) / (this.across - 1), y: this.flat ? 0 : v / (this.down - 1) });
  }

  bounded({ x, y }) {
    if (this.kind === "seeds") return { x: Math.max(x, 0), y: Math.max(y, 0) };
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    return { x: within(x, REACH[this.kind]), y: this.flat ? 0 : within(y, 1) };
  }

  mark(x, y) {
    this.at = { x, y };
    const half = (this.across - 1) / 2, { middle } = this;
    const u = this.kind === "seeds" ? x - middle.x + half : (x / REACH[this.kind]) * (this.across - 1);
    const v = this.kind === "seeds" ? y - middle.y + half : y * (this.down - 1);
    this.spot.style.left = `${(100 * (u + 0.5)) / this.across}%`;
    if (!this.flat) this.spot.style.top = `${(100 * (v + 0.5)) / this.down}%`;
  }

  press(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const far = (event.shiftKey ? LEAP : STEP) * (this.kind === "seeds" ? 5 : 1);
    this.tell.key(this.bounded({ x: this.at.x + way[0] * far, y: this.at.y + way[1] * far }));
  }
}

// As ganlab.members.walk.seed_at: told on the pad so that a seed can be asked for by its number.
function seedAt(column, row) {
  return (column + 100 * row) % 2 ** 31;
}
