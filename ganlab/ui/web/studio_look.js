// Whose picture is it: what every member drew in the place that is pointed at, its share, and what decided.

const version = new URL(import.meta.url).search;
const { element } = await import(`./studio_cell.js${version}`);
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Look {
  constructor(parent, canvas, text) {
    Object.assign(this, { canvas, text, shares: [], told: null, place: null });
    this.box = element(parent, "div", "look");
    this.box.setAttribute("aria-live", "polite");
    this.hint();
    canvas.tabIndex = 0;
    canvas.onpointermove = canvas.onpointerdown = (event) => this.point(canvas, event);
    canvas.onpointerleave = (event) => { if (event.pointerType === "mouse") this.leave(); };
    canvas.onkeydown = (event) => this.key(event);
    canvas.onblur = () => this.leave();
  }

  remove() { this.box.remove(); }

  // Members' own pictures answer, too.
  watch(canvas) {
    canvas.onpointermove = (event) => this.point(canvas, event);
    canvas.onpointerleave = () => this.leave();
  }

  stand(sheet, members, ensemble, points) {
    Object.assign(this, { sheet, members, ensemble, points, made: null });
    this.leave();
  }

  stands(bytes, told) {
    Object.assign(this, { bytes, told });
    if (this.place !== null) this.show();
  }

  point(canvas, event) {
    const box = canvas.getBoundingClientRect();
    this.go(this.sheet.at((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
  }

  key(event) {
    if (event.key === "Escape") return this.leave();
    const way = KEYS[event.key];
    if (!way || !this.sheet) return;
    event.preventDefault();
    const next = this.place === null ? 0 : this.place + way[0] + way[1] * this.sheet.columns;
    if (next >= 0 && next < this.sheet.n) this.go(next);
  }

  go(place) {
    if (this.points || place === this.place) return;
    this.place = place;
    if (place === null) this.hint(); else this.show();
  }

  leave() { this.place = null; this.hint(); }

  hint() {
    this.made = null;
    this.box.replaceChildren();
    element(this.box, "p").textContent = this.points ? "" : this.text.point_at;
  }

  show() {
    const { place, sheet, members, ensemble, text, told, shares } = this;
    if (!this.made) {
      this.box.replaceChildren();
      this.title = element(this.box, "p", "whose");
      this.made = [...members, { name: text.fused }].map((member) => {
        const figure = element(this.box, "figure"), canvas = element(figure, "canvas");
        canvas.width = sheet.width;
        canvas.height = sheet.height;
        canvas.setAttribute("role", "img");
        return { figure, canvas, caption: element(figure, "figcaption"), context: canvas.getContext("2d") };
      });
    }
    const length = ensemble.size / sheet.n, picked = told?.picked?.[place];
    [...ensemble.pixels, this.bytes].forEach((bytes, k) => {
      const { figure, canvas, caption, context } = this.made[k], member = members[k];
      paint(context, bytes.subarray(place * length, (place + 1) * length), sheet);
      const share = told?.shares?.[place]?.[k] ?? shares[k];
      const part = told?.shares || picked === undefined ? ` ${Math.round(100 * share)} %` : "";
      const ratio = told?.ratio ? ` ×${told.ratio[place].toPrecision(2)}` : "";
      caption.textContent = member ? `G${k + 1}${part}` : `${text.fused}${ratio}`;
      caption.title = ratio ? text.ratio : "";
      figure.dataset.picked = String(picked === k);
      canvas.setAttribute("aria-label", member?.name ?? text.fused);
    });
    this.title.textContent = `${text.picture} ${place + 1}${picked === undefined ? "" : `: ${text.drawn_by.replace("{name}", members[picked].name)}`}`;
  }
}

function paint(context, bytes, { width, height, channels }) {
  const image = context.createImageData(width, height);
  for (let i = 0, to = 0; i < width * height; i++, to += 4) {
    for (let c = 0; c < 3; c++) image.data[to + c] = bytes[i * channels + (channels === 3 ? c : 0)];
    image.data[to + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
