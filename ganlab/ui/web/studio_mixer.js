// A line between two members, or a triangle of three: where the handle stands says every share at once.

const WIDTH = 220, EDGE = 18, STEP = 0.02;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Mixer {
  // moved(weights, done): while the handle is dragged, and when it is let go.
  constructor(parent, members, text, moved) {
    Object.assign(this, { moved, text, members });
    const three = members.length === 3, height = three ? 150 : 48;
    this.corners = three ? [[EDGE, height - EDGE], [WIDTH / 2, EDGE], [WIDTH - EDGE, height - EDGE]] : [[EDGE, 16], [WIDTH - EDGE, 16]];
    this.svg = drawn(parent, "svg", { class: "mixer", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height });
    drawn(this.svg, "polygon", { points: this.corners.map((corner) => corner.join()).join(" ") });
    this.corners.forEach(([x, y], k) => {
      drawn(this.svg, "circle", { cx: x, cy: y, r: 5, fill: members[k].colour });
      const below = !three || k !== 1;
      drawn(this.svg, "text", { x: x + (below ? 0 : 12), y: y + (below ? 17 : 4), "text-anchor": below ? "middle" : "start" }).textContent = `G${k + 1}`;
    });
    this.handle = drawn(this.svg, "circle", { class: "handle", r: 9, tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 100 });
    this.handle.setAttribute("aria-label", text.mixer);
    this.svg.onpointerdown = (event) => {
      if (this.off) return;
      this.svg.setPointerCapture(event.pointerId);
      this.handle.focus({ preventScroll: true });
      this.drag(event);
      this.svg.onpointermove = (moving) => this.drag(moving);
    };
    this.svg.onpointerup = this.svg.onpointercancel = () => {
      if (!this.svg.onpointermove) return;
      this.svg.onpointermove = null;
      this.moved(this.shares, true);
    };
    this.handle.onkeydown = (event) => {
      const way = KEYS[event.key];
      if (!way || this.off) return;
      event.preventDefault();
      const [x, y] = this.place(this.shares);
      this.go(x + way[0] * STEP * WIDTH, y + way[1] * STEP * WIDTH);
      this.moved(this.shares, true);
    };
  }

  remove() { this.svg.remove(); }

  enable(on) {
    this.off = !on;
    this.svg.classList.toggle("off", !on);
  }

  drag(event) {
    const box = this.svg.getBoundingClientRect();
    this.go((event.clientX - box.left) / box.width * WIDTH, (event.clientY - box.top) / box.width * WIDTH);
    this.moved(this.shares, false);
  }

  go(x, y) { this.stand(barycentric([x, y], this.corners)); }

  place(shares) { return [0, 1].map((axis) => shares.reduce((sum, share, k) => sum + share * this.corners[k][axis], 0)); }

  stand(shares) {
    if (!shares.some((share) => share > 0)) return;
    this.shares = shares;
    const [x, y] = this.place(shares);
    this.handle.setAttribute("cx", x);
    this.handle.setAttribute("cy", y);
    this.handle.setAttribute("aria-valuenow", Math.round(100 * shares.at(-1)));
    this.handle.setAttribute("aria-valuetext", shares.map((share, k) => `${this.members[k].name} ${Math.round(100 * share)} %`).join(", "));
  }
}

// Shares of the corners at a point; outside, those of the nearest point of the line or triangle, to two places.
export function barycentric([x, y], corners) {
  const between = ([ax, ay], [bx, by]) => {
    const t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
    return Math.min(1, Math.max(0, t));
  };
  const [a, b, c] = corners;
  if (!c) { const t = between(a, b); return rounded([1 - t, t]); }
  const area = (b[1] - c[1]) * (a[0] - c[0]) + (c[0] - b[0]) * (a[1] - c[1]);
  const one = ((b[1] - c[1]) * (x - c[0]) + (c[0] - b[0]) * (y - c[1])) / area;
  const two = ((c[1] - a[1]) * (x - c[0]) + (a[0] - c[0]) * (y - c[1])) / area;
  const inside = [one, two, 1 - one - two];
  if (inside.every((share) => share >= 0)) return rounded(inside);
  const edges = [[0, 1], [1, 2], [2, 0]].map(([i, j]) => {
    const t = between(corners[i], corners[j]), shares = [0, 0, 0];
    shares[i] = 1 - t;
    shares[j] = t;
    const at = [0, 1].map((axis) => corners[i][axis] * (1 - t) + corners[j][axis] * t);
    return { shares, far: (at[0] - x) ** 2 + (at[1] - y) ** 2 };
  });
  return rounded(edges.reduce((best, edge) => (edge.far < best.far ? edge : best)).shares);
}

function rounded(shares) {
  const most = shares.indexOf(Math.max(...shares)), short = shares.map((share) => Math.round(100 * share) / 100);
  short[most] = Math.round(100 * (1 - short.reduce((sum, share, k) => sum + (k === most ? 0 : share), 0))) / 100;
  return short;
}

function drawn(parent, tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}
