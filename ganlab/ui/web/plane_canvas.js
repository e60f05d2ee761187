// Paints a plane: real and generated points, the critic's surface, the warped latent grid, what points feel.

export class Plane {
  constructor(canvas, colours) {
    Object.assign(this, { canvas, colours, extent: [-1, 1, -1, 1], parts: {}, layers: [] });
    this.context = canvas.getContext("2d");
    new ResizeObserver(() => this.paint()).observe(canvas);
  }

  // parts: real, points, felt [n x 2], warp [rows x columns x 2], surface [rows x columns], each {shape, values}
  show(parts, extent, layers) { Object.assign(this, { parts, extent, layers }); this.paint(); }

  place(x, y) { // of the plane, in pixels of the canvas
    const [left, right, bottom, top] = this.extent, side = this.canvas.width;
    return [((x - left) / (right - left)) * side, ((top - y) / (top - bottom)) * side];
  }

  point(event) { // under the pointer, in the plane
    const box = this.canvas.getBoundingClientRect(), [left, right, bottom, top] = this.extent;
    return [left + ((event.clientX - box.left) / box.width) * (right - left), top - ((event.clientY - box.top) / box.height) * (top - bottom)];
  }

  paint() {
    const { canvas, context, parts, colours } = this, style = getComputedStyle(canvas);
    const side = Math.round(canvas.clientWidth * Math.min(2, devicePixelRatio || 1));
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    this.unit = Math.max(side / 480, 0.55); // radii and widths are those of a canvas of 480 pixels
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue("--st-background-color") || "#fff";
    context.fillRect(0, 0, side, side);
    const on = (name) => parts[name] && this.layers.includes(name);
    if (on("surface")) this.surface(parts.surface, colours.critic);
    if (on("warp")) this.warp(parts.warp, style.getPropertyValue("--st-text-color") || "#333");
    if (on("real")) this.dots(parts.real.values, colours.real, 3.2, 0.7);
    if (on("points")) this.dots(parts.points.values, parts.points.colours ?? colours.generator, 2.4, 0.85);
    if (on("felt")) this.arrows(parts.points.values, parts.felt.values, colours.gradient);
  }

  dots(values, colour, radius, alpha) {
    const { context, unit } = this;
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    for (let i = 0; i < values.length; i += 2) {
      if (Array.isArray(colour)) context.fillStyle = colour[i / 2]; // each point has its own: who drew it
      const [x, y] = this.place(values[i], values[i + 1]);
      context.beginPath();
      context.arc(x, y, radius * unit, 0, 7);
      context.fill();
    }
  }

  // From the lowest score to the highest the critic's colour grows; where scores are probabilities a line marks 1/2.
  surface({ shape: [rows, columns], values }, colour) {
    let low = Infinity, high = -Infinity;
    for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
    const image = new ImageData(columns, rows), [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++)
      image.data.set([red, green, blue, (170 * (values[i * columns + j] - low)) / (high - low || 1)], 4 * ((rows - 1 - i) * columns + j));
    this.sheet ??= document.createElement("canvas");
    Object.assign(this.sheet, { width: columns, height: rows });
    this.sheet.getContext("2d").putImageData(image, 0, 0);
    const { context, canvas } = this, step = canvas.width / (columns - 1); // values stand on the border, not within cells
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = true;
    context.drawImage(this.sheet, -step / 2, -step / 2, canvas.width + step, canvas.width + step);
    if (low >= 0 && high <= 1) this.contour(values, rows, columns, 0.5, colour);
  }

  contour(values, rows, columns, level, colour) { // marching squares
    const { context, canvas, unit } = this, x = (j) => (j / (columns - 1)) * canvas.width, y = (i) => (1 - i / (rows - 1)) * canvas.width;
    context.strokeStyle = colour;
    context.lineWidth = 1.6 * unit;
    context.globalAlpha = 0.9;
    context.beginPath();
    for (let i = 0; i + 1 < rows; i++) for (let j = 0; j + 1 < columns; j++) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]], cuts = [];
      corners.forEach(([r, c], k) => {
        const [s, d] = corners[(k + 1) % 4], here = values[r * columns + c] - level, there = values[s * columns + d] - level;
        if (here < 0 !== there < 0) { const t = here / (here - there); cuts.push([x(c + t * (d - c)), y(r + t * (s - r))]); }
      });
      for (let k = 0; k + 1 < cuts.length; k += 2) { context.moveTo(...cuts[k]); context.lineTo(...cuts[k + 1]); }
    }
    context.stroke();
  }

  warp({ shape: [rows, columns], values }, colour) {
    const { context, unit } = this, at = (i, j) => this.place(values[2 * (i * columns + j)], values[2 * (i * columns + j) + 1]);
    context.strokeStyle = colour;
    context.lineWidth = 0.8 * unit;
    context.globalAlpha = 0.45;
    context.beginPath();
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      if (j) { context.moveTo(...at(i, j - 1)); context.lineTo(...at(i, j)); }
      if (i) { context.moveTo(...at(i - 1, j)); context.lineTo(...at(i, j)); }
    }
    context.stroke();
  }

  // The longest one is a tenth of the plane; one of four points has its own, so that they can be told apart.
  arrows(points, felt, colour) {
    const { context, canvas, unit } = this, longest = steepest(felt);
    if (!longest) return;
    context.strokeStyle = colour;
    context.lineWidth = 1.3 * unit;
    context.globalAlpha = 0.9;
    context.beginPath();
    for (let i = 0; i < felt.length; i += 8) {
      const [x, y] = this.place(points[i], points[i + 1]), scale = (canvas.width * 0.1) / longest;
      const dx = felt[i] * scale, dy = -felt[i + 1] * scale, length = Math.hypot(dx, dy);
      if (length < 1.5 * unit) continue;
      const head = Math.min(4 * unit, length / 2), [u, v] = [dx / length, dy / length], [ex, ey] = [x + dx, y + dy];
      context.moveTo(x, y); context.lineTo(ex, ey);
      context.moveTo(ex - head * (u + v / 2), ey - head * (v - u / 2)); context.lineTo(ex, ey);
      context.lineTo(ex - head * (u - v / 2), ey - head * (v + u / 2));
    }
    context.stroke();
  }
}

export function steepest(felt) {
  let most = 0;
  for (let i = 0; i < felt.length; i += 2) most = Math.max(most, Math.hypot(felt[i], felt[i + 1]));
  return most;
}

// The floats of a frame by name, as its head says in which order they come.
export function parted(bytes, parts) {
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), found = {};
  let at = 0;
  for (const [name, shape] of Object.entries(parts)) {
    const size = shape.reduce((product, each) => product * each, 1);
    found[name] = { shape, values: floats.slice(at, at + size) };
    at += size;
  }
  return found;
}

export function element(parent, tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

export function filled(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); }

export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(Math.abs(value) >= 0.1 || value === 0 ? 2 : 3);
}
