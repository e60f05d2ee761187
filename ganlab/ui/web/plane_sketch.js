// Points that the visitor draws: while a stroke goes on it is painted here, when it ends Python makes a dataset of all.

import { element, filled } from "./plane_canvas.js";

const APART = 0.09; // of the plane's units between two points of a stroke

export class Sketch {
  constructor(stage, all) {
    Object.assign(this, { all, points: [], pen: null });
    this.box = element(stage, "div", "sketch");
    this.told = element(this.box, "span");
    this.erase = element(this.box, "button", "", all.text.erase);
    this.erase.type = "button";
    this.erase.onclick = () => { this.points = []; all.drawn([]); };
    const { canvas } = all.plane;
    canvas.onpointerdown = (event) => {
      if (!this.on || event.button) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      all.play(false);
      this.pen = event.pointerId;
      this.add(all.plane.point(event), 0);
    };
    canvas.onpointermove = (event) => { if (this.pen === event.pointerId) this.add(all.plane.point(event), APART); };
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      if (this.pen !== event.pointerId) return;
      this.pen = null;
      all.drawn(this.points);
    };
  }

  take({ drawing, drawn }) {
    this.on = Boolean(drawing);
    this.box.hidden = !this.on;
    this.all.plane.canvas.classList.toggle("drawing", this.on);
    if (!this.on) return;
    this.most = drawing.most;
    this.extent = drawing.extent;
    if (this.pen === null || this.pen === undefined) this.points = drawn.map((each) => [...each]);
    this.tell();
  }

  add(point, apart) {
    const last = this.points.at(-1);
    if (apart && last && Math.hypot(point[0] - last[0], point[1] - last[1]) < apart) return;
    if (this.points.length < this.most) this.points.push(point.map((each) => Math.round(each * 1e3) / 1e3));
    this.blank();
  }

  tell() {
    const { points, most, all: { text } } = this;
    this.told.textContent = points.length >= most ? filled(text.drawn_full, { most }) : points.length
      ? filled(text.drawn_so_far, { count: points.length, most }) : text.draw_here;
    this.erase.disabled = !points.length;
  }

  blank() { // nothing but what was drawn
    const { all } = this, values = Float32Array.from(this.points.flat());
    all.plane.show({ real: { shape: [this.points.length, 2], values } }, this.extent, ["real"]);
    all.plane.canvas.setAttribute("aria-label", this.points.length ? filled(all.text.drawn_so_far, { count: this.points.length, most: this.most }) : all.text.canvas_empty);
    this.tell();
  }
}
