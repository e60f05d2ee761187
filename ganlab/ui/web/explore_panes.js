// What is drawn at one place: a sheet for each member side by side, or one for their fusion.

export class Panes {
  constructor(box, { names, n, strips, colours, members, text }, choose) {
    Object.assign(this, { n, names, text, members, colours });
    this.columns = Math.ceil(Math.sqrt(n));
    box.dataset.count = names.length;
    this.panes = names.map((name) => {
      const figure = element(box, "figure"), caption = element(figure, "figcaption");
      const frame = element(figure, "div", "frame"), canvas = element(frame, "canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", text.picture.replace("{n}", n).replace("{name}", name));
      const mark = element(frame, "span", "row");
      element(caption, "span", "name").textContent = name;
      if (n > 1) canvas.onclick = (event) => {
        const box = canvas.getBoundingClientRect(), rows = Math.ceil(n / this.columns);
        const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
        const row = Math.floor(((event.clientY - box.top) / box.height) * rows) * this.columns + column;
        if (row < n) choose(row);
      };
      return { canvas, mark, caption };
    });
    if (strips === 1 && members.length > 1) this.shares = element(this.panes[0].caption, "span", "shares");
  }

  paint(pixels, [panes, n, height, width, channels], weights) {
    const size = n * height * width * channels;
    for (let pane = 0; pane < Math.min(panes, this.panes.length); pane++) {
      paint(this.panes[pane].canvas, pixels.subarray(pane * size, (pane + 1) * size), n, height, width, channels, this.columns);
    }
    if (this.shares && weights) this.tell(weights);
  }

  // The fusion's weights here: one bar of the members' colours, and the numbers.
  tell(weights) {
    if (this.shares.childElementCount !== weights.length) {
      this.shares.replaceChildren(...weights.map((_, place) => {
        const part = document.createElement("span");
        part.style.borderColor = this.colours[place];
        return part;
      }));
    }
    weights.forEach((weight, place) => {
      const part = this.shares.children[place];
      part.textContent = `${this.members[place]} ${weight.toFixed(2)}`;
      part.style.opacity = 0.35 + 0.65 * weight;
    });
  }

  // Which of the pictures the pad follows.
  pick(row) {
    const rows = Math.ceil(this.n / this.columns);
    for (const { mark } of this.panes) {
      mark.hidden = this.n === 1;
      Object.assign(mark.style, {
        left: `${(100 * (row % this.columns)) / this.columns}%`, width: `${100 / this.columns}%`,
        top: `${(100 * Math.floor(row / this.columns)) / rows}%`, height: `${100 / rows}%`,
      });
    }
  }
}

// Pictures [n, H, W, C] as a sheet of so many columns, a pixel of ground between them.
export function paint(canvas, pixels, n, height, width, channels, columns) {
  const rows = Math.ceil(n / columns), across = columns * (width + 1) - 1, down = rows * (height + 1) - 1;
  let { sheet } = canvas;
  if (!sheet || canvas.width !== across || canvas.height !== down) {
    Object.assign(canvas, { width: across, height: down });
    canvas.pen = canvas.getContext("2d", { alpha: false });
    sheet = canvas.sheet = canvas.pen.createImageData(across, down);
    sheet.data.fill(128);
    for (let at = 3; at < sheet.data.length; at += 4) sheet.data[at] = 255;
  }
  const out = new Uint32Array(sheet.data.buffer);
  let from = 0;
  for (let index = 0; index < n; index++) {
    const top = Math.floor(index / columns) * (height + 1), left = (index % columns) * (width + 1);
    for (let y = 0; y < height; y++) {
      let to = (top + y) * across + left;
      for (let x = 0; x < width; x++, from += channels) {
        const red = pixels[from], green = channels === 1 ? red : pixels[from + 1], blue = channels === 1 ? red : pixels[from + 2];
        out[to++] = 0xff000000 | (blue << 16) | (green << 8) | red;
      }
    }
  }
  canvas.pen.putImageData(sheet, 0, 0);
}

export function element(parent, kind, name) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  parent.append(made);
  return made;
}
