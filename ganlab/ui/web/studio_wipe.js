// A and B: a setting that is held, laid over the present one up to a line that can be dragged.

const version = new URL(import.meta.url).search;
const [{ element, button }, { Sheet }] = await Promise.all(["studio_cell", "studio_paint"].map((name) => import(`./${name}.js${version}`)));

export class Wipe {
  constructor(stage, tools, text, { shown, restore }) {
    Object.assign(this, { stage, text, shown, held: null });
    this.canvas = element(stage, "canvas", "held");
    this.canvas.setAttribute("role", "img");
    this.range = element(stage, "input", "wipe");
    Object.assign(this.range, { type: "range", min: 0, max: 100, value: 50 });
    this.range.setAttribute("aria-label", text.wipe);
    this.range.oninput = () => this.refresh();
    this.hold = button(tools, text.hold, () => this.toggle(), text.hold_help);
    this.back = button(tools, text.back, () => restore(this.held.setting), text.back_help);
    this.caption = element(tools, "span", "held_title");
    this.refresh();
  }

  remove() { for (const part of [this.canvas, this.range, this.hold, this.back, this.caption]) part.remove(); }

  toggle() {
    this.held = this.held ? null : this.shown();
    if (this.held) {
      const { bytes, shape, title, setting } = this.held;
      new Sheet(this.canvas, shape).paint(bytes);
      this.caption.textContent = `A: ${title} ${setting.weights.map((weight) => weight.toFixed(2)).join(" ")}`;
      this.canvas.setAttribute("aria-label", this.caption.textContent);
    }
    this.refresh();
  }

  refresh() {
    const on = this.held !== null;
    for (const part of [this.canvas, this.range, this.back, this.caption]) part.hidden = !on;
    this.hold.textContent = on ? this.text.let_go : this.text.hold;
    this.hold.setAttribute("aria-pressed", String(on));
    this.stage.style.setProperty("--wipe", `${this.range.value}%`);
    this.stage.classList.toggle("wiped", on);
  }
}
