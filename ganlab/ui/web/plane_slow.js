// Slow motion: a step in sub-steps, each told in a sentence and shown by the layers that it is about.

import { filled, short, steepest } from "./plane_canvas.js";

const PAUSE = 2600; // milliseconds to read a sentence

export class Slow {
  constructor(all) { Object.assign(this, { all, on: false, at: -1, timer: 0 }); }

  turn(on) {
    const { all } = this;
    if (on === this.on) return;
    this.on = on;
    this.at = -1;
    this.wait();
    all.buttons.slow.setAttribute("aria-pressed", on);
    all.root.classList.toggle("slowly", on);
    if (on) all.play(true);
    else { all.say(""); all.paint(); if (all.playing) all.more(); }
  }

  wait() { clearTimeout(this.timer); }

  get phases() {
    return this.all.data.kind === "gan"
      ? [
          ["draw", ["real", "points"]],
          ["judge", ["real", "points", "surface"]],
          ["learn_critic", ["real", "points", "surface"], { steps: 1, players: "critic" }],
          ["feel", ["points", "surface", "felt"]],
          ["learn_generator", ["real", "points", "surface", "felt"], { steps: 1, players: "generator" }],
        ]
      : [["vae_draw", ["real", "points"]], ["vae_learn", ["real", "points", "warp"], { steps: 1 }]];
  }

  next() {
    this.wait();
    if (!this.all.head) return;
    this.at = (this.at + 1) % this.phases.length;
    const [name, layers, wish] = this.phases[this.at];
    const show = () => this.show(name, layers);
    if (wish) this.all.frames.ask({ ...this.all.data.knobs, ...wish, hurry: false, measure: true, then: show });
    else show();
  }

  show(name, layers) {
    const { all } = this, { head, curves, text } = all;
    if (!this.on) return;
    const loss = name === "learn_critic" ? curves.last("critic_loss") : curves.last("generator_loss");
    all.say(filled(text[`told.${name}`], {
      batch: all.data.batch,
      turns: all.data.knobs.n_critic,
      real: short(head.scores?.[0]),
      fake: short(head.scores?.[1]),
      loss: short(loss),
      slope: short(all.parts.felt && steepest(all.parts.felt.values)),
      moved: short(all.moved),
      cost: short(head.values.reconstruction_loss),
      divergence: short(head.values.divergence),
    }));
    all.paint(layers);
    this.wait();
    if (all.playing) this.timer = setTimeout(() => this.next(), PAUSE);
  }
}
