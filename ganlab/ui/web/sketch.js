// A sheet to draw on: strokes of points from (0, 0) to (1, 1), told to Python whenever the pen is lifted.

const PEN = 0.06, APART = 0.006, MOST = 3500; // shares of the side, and points in all

export function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sketch");
  root.sheet ??= new Sheet(root, data.strokes);
  root.sheet.tell = (strokes) => setStateValue("strokes", strokes);
  root.sheet.speak(data.text);
  return () => root.sheet.resizes.disconnect();
}

class Sheet {
  constructor(root, strokes) {
    this.strokes = strokes.map((stroke) => stroke.map((point) => [...point]));
    this.drawn = null; // the stroke under the pen
    this.canvas = root.appendChild(document.createElement("canvas"));
    this.canvas.setAttribute("role", "img");
    this.ink = this.canvas.getContext("2d");
    const buttons = root.appendChild(document.createElement("div"));
    buttons.className = "buttons";
    [this.undo, this.clear] = [0, 1].map(() => buttons.appendChild(document.createElement("button")));
    this.undo.onclick = () => this.become(this.strokes.slice(0, -1));
    this.clear.onclick = () => this.become([]);
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.go(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => this.end();
    this.resizes = new ResizeObserver(() => this.paint());
    this.resizes.observe(this.canvas);
  }

  speak(text) {
    this.canvas.setAttribute("aria-label", text.sheet);
    this.undo.textContent = text.undo;
    this.clear.textContent = text.clear;
    this.paint();
  }

  begin(event) {
    if (this.drawn || event.button > 0 || this.count() > MOST) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawn = [this.point(event)];
    this.strokes.push(this.drawn);
    this.paint();
  }

  go(event) {
    if (!this.drawn) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) {
      const point = this.point(each), last = this.drawn.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= APART && this.count() <= MOST) this.drawn.push(point);
    }
    this.paint();
  }

  end() {
    if (!this.drawn) return;
    this.drawn = null;
    this.become(this.strokes);
  }

  become(strokes) {
    this.strokes = strokes;
    this.paint();
    this.tell(strokes);
  }

  count() { return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0); }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, Math.round(1000 * value) / 1000));
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  paint() {
    const { canvas, ink } = this, side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!side) return; // not laid out yet
    canvas.width = canvas.height = side; // clears it, too
    Object.assign(ink, { lineWidth: PEN * side, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
    for (const stroke of this.strokes) {
      ink.beginPath();
      ink.moveTo(stroke[0][0] * side, stroke[0][1] * side);
      for (const [x, y] of stroke) ink.lineTo(x * side, y * side);
      ink.stroke();
    }
    this.undo.disabled = this.clear.disabled = !this.strokes.length;
  }
}
