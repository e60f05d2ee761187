// The losses of both players over steps, on a canvas; old points are thinned so that a long training stays quick.

const MOST = 1200;

export class Curves {
  constructor(canvas, colours, text) {
    Object.assign(this, { canvas, text, lines: { generator_loss: colours.generator, critic_loss: colours.critic } });
    new ResizeObserver(() => this.paint()).observe(canvas);
    this.clear();
  }

  clear() { this.rows = []; this.paint(); }

  add(step, values) {
    if (!Object.keys(values).length) return;
    this.rows.push({ step, ...values });
    if (this.rows.length > MOST) this.rows = this.rows.filter((_, index) => index % 2 || index === this.rows.length - 1);
    this.paint();
  }

  last(name) { return this.rows.findLast((row) => name in row)?.[name]; }

  paint() {
    const { canvas, rows, lines } = this, context = canvas.getContext("2d"), scale = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const style = getComputedStyle(canvas), ink = style.getPropertyValue("--st-text-color") || "#333";
    context.clearRect(0, 0, width, height);
    context.font = `${11 * scale}px ${style.getPropertyValue("--st-font") || "sans-serif"}`;
    context.fillStyle = context.strokeStyle = ink;
    const values = rows.flatMap((row) => Object.keys(lines).filter((name) => name in row).map((name) => row[name])).sort((a, b) => a - b);
    // Single peaks of the first steps would press all else flat.
    let low = values[0] ?? 0, high = values[Math.floor((values.length - 1) * 0.995)] ?? 1;
    if (high - low < 1e-6) [low, high] = [low - 0.5, high + 0.5];
    const left = 38 * scale, bottom = height - 16 * scale, top = 6 * scale, last = rows.at(-1)?.step || 1;
    const x = (step) => left + (step / last) * (width - left - 4 * scale), y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    context.globalAlpha = 0.25;
    context.lineWidth = scale;
    context.beginPath();
    for (const value of [low, (low + high) / 2, high]) { context.moveTo(left, y(value)); context.lineTo(width, y(value)); }
    context.stroke();
    context.globalAlpha = 0.8;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of [low, (low + high) / 2, high]) context.fillText(value.toPrecision(2), left - 4 * scale, y(value));
    context.textBaseline = "alphabetic";
    if (rows.length) context.fillText(last.toLocaleString(), width - 2 * scale, height - 2 * scale);
    context.save();
    context.beginPath();
    context.rect(left, 0, width, bottom);
    context.clip();
    context.globalAlpha = 1;
    context.lineWidth = 1.6 * scale;
    for (const [name, colour] of Object.entries(lines)) {
      context.strokeStyle = colour;
      context.beginPath();
      rows.filter((row) => name in row).forEach((row, index) => context[index ? "lineTo" : "moveTo"](x(row.step), y(row[name])));
      context.stroke();
    }
    context.restore();
  }
}
