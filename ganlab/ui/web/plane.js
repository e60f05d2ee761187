// A training in the plane: every frame asks the server for the next few steps and paints what came of them.

import { Frames } from "./frames.js";
import { Curves } from "./plane_curves.js";
import { Sketch } from "./plane_sketch.js";
import { Slow } from "./plane_slow.js";
import { Plane, element, filled, parted, short, steepest } from "./plane_canvas.js";

const MEASURED = 5; // of so many frames one brings numbers

export function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".plane");
  const own = (root.own ??= new Training(root, data));
  own.drawn = (points) => setStateValue("drawn", points);
  own.lost = () => setTriggerValue("gone", Date.now());
  own.take(data);
  return () => own.stop();
}

class Training {
  constructor(root, { text, colours }) {
    Object.assign(this, { root, text, playing: false, left: 0, head: null, parts: {}, count: 0 });
    const bar = element(root, "div", "bar");
    this.buttons = {};
    const button = (name, sign, act) => {
      const made = (this.buttons[name] = element(bar, "button", name, `${sign} ${text[name]}`.trim()));
      made.type = "button";
      made.onclick = act;
    };
    button("play", "▶", () => this.play(!this.playing));
    button("both", "", () => this.step({ steps: 1 }));
    button("critic", "", () => this.step({ steps: 1, players: "critic" }));
    button("generator", "", () => this.step({ steps: 1, players: "generator" }));
    button("epoch", "", () => { this.left = this.head?.epoch ?? 1; this.go(true); });
    button("slow", "", () => this.slow.turn(!this.slow.on));
    button("next", "", () => { this.play(false); this.slow.next(); });
    button("reset", "⟲", () => { this.play(false); this.ask({ anew: true, measure: true }); });
    this.counter = element(bar, "output", "counter");
    this.said = element(root, "p", "said");
    this.said.setAttribute("role", "status");
    const body = element(root, "div", "body"), stage = element(body, "div", "stage"), side = element(body, "div", "side");
    const canvas = element(stage, "canvas", "sheet");
    canvas.setAttribute("role", "img");
    this.plane = new Plane(canvas, colours);
    this.sketch = new Sketch(stage, this);
    this.tiles = element(side, "div", "tiles");
    const title = element(side, "p", "title", `${text.losses}: `);
    for (const player of ["generator", "critic"]) {
      const key = element(title, "span", `key ${player}`);
      element(key, "i").style.background = colours[player];
      this[`${player}Loss`] = element(key, "span");
    }
    const chart = element(side, "canvas", "chart");
    chart.setAttribute("role", "img");
    this.curves = new Curves(chart, colours, text);
    this.note = element(side, "p", "note");
    this.slow = new Slow(this);
    this.frames = new Frames({
      shown: (bytes, head, wish) => this.shown(bytes, head, wish),
      failed: (fault) => { this.play(false); this.say(fault ?? text.connection); },
      gone: () => { this.play(false); this.say(text.gone); this.lost(); },
    });
  }

  // The page ran: settings may be others.
  take(data) {
    const other = data.address !== this.data?.address, looks = this.data && `${data.layers}` !== `${this.data.layers}`;
    this.data = data;
    this.text = data.text;
    this.frames.at(data.address);
    this.sketch.take(data);
    for (const name of ["critic", "generator"]) this.buttons[name].hidden = data.kind !== "gan";
    for (const each of Object.values(this.buttons)) each.disabled = !data.address;
    if (other) {
      this.play(false);
      this.head = null;
      this.parts = {};
      this.curves.clear();
      this.slow.turn(false);
      this.say("");
      if (data.address) this.ask({ real: true, measure: true });
      else this.blank();
    } else if (looks) this.paint();
    else this.plane.paint(); // the theme may be another
  }

  stop() { this.play(false); }

  blank() {
    this.tiles.replaceChildren();
    this.counter.textContent = this.note.textContent = "";
    this.sketch.blank();
  }

  ask(wish) { if (this.data.address) this.frames.ask({ ...this.data.knobs, ...wish }); }

  play(on) {
    this.left = on ? Infinity : 0;
    this.go(on);
  }

  go(on) {
    this.playing = on;
    const { play } = this.buttons;
    play.textContent = on ? `❚❚ ${this.text.pause}` : `▶ ${this.text.play}`;
    play.setAttribute("aria-pressed", on);
    if (!on) this.slow?.wait();
    else if (this.slow.on) this.slow.next();
    else { this.say(""); this.more(); }
  }

  more() {
    this.count += 1;
    const steps = Math.max(1, Math.min(this.left, 200));
    this.ask({ steps, measure: this.count % MEASURED === 0 || this.left <= steps });
  }

  step(wish) {
    this.play(false);
    this.say("");
    this.ask({ ...wish, hurry: false, measure: true });
  }

  shown(bytes, head, wish) {
    const before = this.head, { real } = this.parts, old = this.parts.points;
    const anew = before && before.life !== head.life;
    if (anew) {
      this.curves.clear();
      if (!wish.anew) { this.play(false); this.say(this.text.restarted); }
    }
    this.parts = { ...parted(bytes, head.parts) };
    this.parts.real ??= real;
    this.measured = head.measured ?? (anew ? null : this.measured);
    this.head = head;
    this.curves.add(head.steps, head.values);
    this.moved = old && distance(old.values, this.parts.points.values);
    this.paint();
    this.tell();
    wish.then?.();
    if (this.playing && !this.slow.on) {
      this.left -= anew || !before ? 0 : head.steps - before.steps;
      if (this.left > 0) requestAnimationFrame(() => this.playing && this.more());
      else this.play(false);
    }
  }

  paint(layers = this.data.layers) {
    const { head, text, plane } = this;
    if (!head) return;
    plane.show(this.parts, this.data.drawing ? this.sketch.extent : head.extent, layers);
    const told = layers.filter((name) => this.parts[name]).map((name) => text[`layer.${name}`]).join(", ");
    plane.canvas.setAttribute("aria-label", filled(text.canvas, { layers: told, step: head.steps }));
    plane.canvas.dataset.steps = head.steps;
  }

  tell() {
    const { head, text, measured, curves } = this;
    this.counter.textContent = `${text.steps} ${String(head.steps).padStart(5, "0")}`;
    for (const player of ["generator", "critic"]) {
      const loss = curves.last(`${player}_loss`);
      this[`${player}Loss`].textContent = `${text[`role.${player}`]} ${short(loss)}`;
      this[`${player}Loss`].parentElement.hidden = player === "critic" && this.data.kind !== "gan";
    }
    curves.canvas.setAttribute("aria-label", filled(text.chart, { generator: short(curves.last("generator_loss")), critic: short(curves.last("critic_loss")) }));
    const { felt } = this.parts;
    const notes = head.scores ? [filled(text.scores, { real: short(head.scores[0]), fake: short(head.scores[1]) })] : [text.no_critic];
    if (felt && this.data.layers.includes("felt")) notes.push(filled(text.arrow, { slope: short(steepest(felt.values)) }));
    this.note.textContent = notes.join(" ");
    if (!measured) return;
    const tiles = measured.of
      ? [["modes", `${measured.modes} / ${measured.of}`, filled(text.perfect, { value: measured.of })]]
      : [["modes", "–", text.no_modes]];
    tiles.push(["high_quality", `${(100 * measured.high_quality).toFixed(1)} %`, filled(text.perfect, { value: "98.9 %" })]);
    if (measured.of) tiles.push(["kl", short(measured.kl), measured.kl === null ? text.at_mode : filled(text.perfect, { value: 0 })]);
    else tiles.push(["log_likelihood", short(measured.log_likelihood), ""]);
    this.tiles.replaceChildren(...tiles.map(([name, value, below]) => {
      const tile = document.createElement("div");
      tile.className = `tile ${name}`;
      element(tile, "span", "name", text[name]);
      element(tile, "strong", "", value);
      element(tile, "small", "", below);
      return tile;
    }));
  }

  say(sentence) { this.said.textContent = sentence; }
}

function distance(old, now) {
  let sum = 0;
  for (let i = 0; i < now.length; i += 2) sum += Math.hypot(now[i] - old[i], now[i + 1] - old[i + 1]);
  return (2 * sum) / now.length;
}
