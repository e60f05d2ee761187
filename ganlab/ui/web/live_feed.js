// One run as it goes on: the rows its socket brings, again after a break from where it broke off.

const SLOWEST = 8000; // ms between attempts to come back
const RATE_ROWS = 8; // intervals over which speed is told

export class Run {
  // facts: {name, lang, short, dataset, kind, points, staged, batch_size}; on.news() after every message, on.gone() once it is deleted
  constructor(facts, on) {
    Object.assign(this, facts, { on });
    this.rows = [];
    this.scores = [];
    this.stages = []; // {name, step} of those that began
    this.scoring = null; // what they are measured with
    this.health = [];
    this.previews = [];
    this.resumptions = 0; // pictures of a step may differ after one
    this.seen = 0; // rows of the feed, whatever they are
    this.wait = 500;
    this.connected = true; // a first attempt is no break
    this.wake = () => { if (!document.hidden && !this.connected) this.open(); };
    document.addEventListener("visibilitychange", this.wake); // phones end sockets of sleeping tabs
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.socket?.close();
    const address = new URL("api/live", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = new URLSearchParams({ run: this.name, from: this.seen, lang: this.lang });
    const socket = (this.socket = new WebSocket(address));
    socket.onopen = () => { this.connected = true; this.wait = 500; this.on.news(); };
    socket.onmessage = (event) => { if (socket === this.socket) this.take(JSON.parse(event.data)); };
    socket.onclose = ({ code }) => {
      if (this.closed || socket !== this.socket) return;
      if (code === 4404) return this.over();
      this.connected = false;
      this.on.news();
      this.timer = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 2, SLOWEST);
    };
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket.close();
  }

  over() {
    if (this.closed) return;
    this.close();
    this.on.gone();
  }

  take({ rows = [], state, health, gone }) {
    if (gone) return this.over();
    this.seen += rows.length;
    for (const row of rows) {
      if (row.event === "resumed") this.back(row.step);
      else if (row.event === "step") this.rows.push(row);
      else if (row.event === "scored") this.scores.push(row);
      else if (row.event === "stage") this.stages.push(row);
      else if (row.event === "scoring" || row.event === "unscored") this.scoring = row;
      else if (row.event === "preview" && this.previews.at(-1) !== row.step) this.previews.push(row.step);
    }
    if (state) this.state = state;
    if (health) this.health = health;
    this.on.news();
  }

  // A resumption went back behind what came after its checkpoint: that does not count any more.
  back(step) {
    this.resumptions += 1;
    for (const name of ["rows", "scores"]) this[name] = this[name].filter((row) => row.step <= step);
    this.stages = this.stages.filter((each) => each.step < step); // one that begins there is told again
    this.previews = this.previews.filter((each) => each <= step);
    this.rewound = true;
  }

  get step() { return Math.max(this.rows.at(-1)?.step ?? 0, this.state?.step ?? 0); }

  // Steps a second of training over the last intervals, or 0 while nobody knows.
  get pace() {
    const tail = this.rows.slice(-RATE_ROWS);
    const spent = tail.length > 1 ? tail.at(-1).seconds - tail[0].seconds : 0;
    if (spent > 0) return (tail.at(-1).step - tail[0].step) / spent;
    return (this.rows.at(-1)?.images_per_second ?? 0) / this.batch_size;
  }

  // The last row at or before a step, by bisection.
  rowAt(step) {
    let low = 0, high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].step <= step) low = middle + 1; else high = middle;
    }
    return this.rows[low - 1];
  }

  secondsAt(step) { return this.rowAt(step)?.seconds ?? 0; }

  // What a number is called: what a VAE's generator makes small is no loss of a game.
  word(key, text) { return key === "generator_loss" && this.kind === "vae" ? text.minus_bound : text[key]; }

  // The newest score at or before a step.
  scoreAt(step) { return this.scores.findLast((row) => row.step <= step); }

  // The newest preview at or before a step.
  previewAt(step) { return this.previews.findLast((each) => each <= step) ?? this.previews[0]; }

  pictureOf(step) {
    const address = new URL(`api/runs/${encodeURIComponent(this.name)}/previews/${step}`, document.baseURI);
    address.searchParams.set("after", this.resumptions);
    return address.href;
  }
}
