// Fusion in the browser, of the members' 8-bit pictures: what ganlab/fusion does with floats, within one grey level.
// Everything that does not change while one weight moves is done once, so that a repaint fits into a frame.

const HALF = 0.5, ROUNDING = 1e-6; // as in ganlab/fusion/median.py

export class Ensemble {
  // pixels: for each member the bytes of n pictures; coins: n numbers in [0, 1), which decide a mixture.
  constructor(pixels, n, coins) {
    Object.assign(this, { pixels, n, coins, size: pixels[0].length });
    this.out = new Uint8ClampedArray(this.size);
  }

  // Returns the fused bytes, or null where no weight is above 0.
  fuse(rule, weights) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0)) return null;
    this[rule](weights.map((weight) => weight / total), weights, total);
    return this.out;
  }

  average(shares, weights) { this.add(weights.map(() => 1), 1 / weights.length); }
  weighted_average(shares, weights, total) { this.add(weights, 1 / total); }
  weighted_sum(shares, weights) { this.add(weights, 1); } // the array clamps at white

  // out = by * sum of weights times pictures; while one weight moves, the sum over all others is held.
  add(weights, by) {
    const moved = weights.flatMap((weight, k) => (weight === this.weights?.[k] ? [] : [k]));
    if (!this.rest || moved.some((k) => k !== this.mover)) this.hold(weights, moved[0] ?? 0);
    this.weights = [...weights];
    const { rest, mover, out, size } = this, own = this.pixels[mover], weight = weights[mover];
    for (let i = 0; i < size; i++) out[i] = by * (rest[i] + weight * own[i]);
  }

  hold(weights, mover) {
    this.mover = mover;
    this.rest ??= new Float32Array(this.size);
    this.rest.fill(0);
    this.pixels.forEach((own, k) => {
      const weight = weights[k], { rest, size } = this;
      if (k !== mover && weight) for (let i = 0; i < size; i++) rest[i] += weight * own[i];
    });
  }

  maximum() { this.extreme(Math.max); }
  minimum() { this.extreme(Math.min); }

  extreme(of) {
    const { pixels, out, size } = this;
    for (let i = 0; i < size; i++) out[i] = pixels.reduce((value, own) => of(value, own[i]), pixels[0][i]);
  }

  // Which members are white at a value is one byte; the weights decide once for each of its 2^K values.
  majority(shares) {
    this.ayes ??= this.votes();
    const verdict = Uint8Array.from({ length: 1 << shares.length }, (_, ayes) => {
      const votes = shares.reduce((sum, share, k) => sum + (ayes >> k & 1) * share, 0) - HALF;
      return Math.abs(votes) < ROUNDING ? 128 : votes > 0 ? 255 : 0;
    });
    for (let i = 0; i < this.size; i++) this.out[i] = verdict[this.ayes[i]];
  }

  votes() {
    const ayes = new Uint8Array(this.size);
    this.pixels.forEach((own, k) => { for (let i = 0; i < this.size; i++) ayes[i] |= (own[i] > 127) << k; });
    return ayes;
  }

  // The order of the members' values does not change with the weights.
  median(shares) {
    this.orders ??= this.sorted();
    const { pixels, orders, out, size } = this, count = pixels.length;
    for (let i = 0; i < size; i++) {
      let reached = 0, place = 0, k = orders[i];
      for (;;) {
        reached += shares[k];
        if (reached >= HALF - ROUNDING || place === count - 1) break;
        k = orders[++place * size + i];
      }
      const even = reached < HALF + ROUNDING && place < count - 1;
      out[i] = even ? (pixels[k][i] + pixels[orders[(place + 1) * size + i]][i]) / 2 : pixels[k][i];
    }
  }

  sorted() {
    const { pixels, size } = this, count = pixels.length, orders = new Uint8Array(count * size);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < count; k++) { // insertion: members are few
        let place = k;
        while (place > 0 && pixels[orders[(place - 1) * size + i]][i] > pixels[k][i]) {
          orders[place * size + i] = orders[(place - 1) * size + i];
          place--;
        }
        orders[place * size + i] = k;
      }
    }
    return orders;
  }

  mixture(shares) {
    const { pixels, out, n, size } = this, length = size / n;
    for (let i = 0; i < n; i++) out.set(pixels[this.picked(i, shares)].subarray(i * length, (i + 1) * length), i * length);
  }

  // Who draws picture i of a mixture.
  picked(i, shares) {
    let reached = 0, k = 0;
    const last = shares.findLastIndex((share) => share > 0);
    for (; k < last; k++) if (this.coins[i] < (reached += shares[k])) break;
    return k;
  }
}

// Where pictures lie in a square sheet, with a line of mid grey between them; paints bytes [n, H, W, C] on a canvas.
export class Sheet {
  constructor(canvas, [n, height, width, channels], columns = Math.ceil(Math.sqrt(n))) {
    const rows = Math.ceil(n / columns);
    Object.assign(this, { canvas, n, height, width, channels, columns, rows });
    canvas.width = columns * (width + 1) - 1;
    canvas.height = rows * (height + 1) - 1;
    this.context = canvas.getContext("2d", { alpha: false });
    this.image = this.context.createImageData(canvas.width, canvas.height);
    this.words = new Uint32Array(this.image.data.buffer).fill(0xff808080);
  }

  // The left upper corner of picture i.
  corner(i) { return [(i % this.columns) * (this.width + 1), Math.floor(i / this.columns) * (this.height + 1)]; }

  // Which picture lies at a place given in parts of the canvas, or null.
  at(x, y) {
    const column = Math.floor(x * this.columns), row = Math.floor(y * this.rows), i = row * this.columns + column;
    return column >= 0 && column < this.columns && row >= 0 && i < this.n ? i : null;
  }

  paint(bytes) {
    const { n, height, width, channels, words, canvas } = this;
    for (let i = 0, from = 0; i < n; i++) {
      const [left, top] = this.corner(i);
      for (let y = 0; y < height; y++) {
        let to = (top + y) * canvas.width + left;
        if (channels === 1) for (let x = 0; x < width; x++) words[to++] = 0xff000000 | bytes[from++] * 0x010101;
        else for (let x = 0; x < width; x++, from += 3) words[to++] = 0xff000000 | bytes[from + 2] << 16 | bytes[from + 1] << 8 | bytes[from];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}
