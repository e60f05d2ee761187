// Members in the plane and all their fusions: small planes to compare, a large one to look at, one table of numbers.

import { Frames } from "./frames.js";
import { Plane, element, filled, parted, short } from "./plane_canvas.js";

export function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".fusing");
  const own = (root.own ??= new Team(root, data));
  own.chosen = (what) => setStateValue("chosen", what);
  own.lost = () => setTriggerValue("gone", Date.now());
  own.take(data);
  return () => own.stop();
}

class Team {
  constructor(root, { text, colours }) {
    Object.assign(this, { root, text, colours, head: null, parts: {}, training: false, boosting: false });
    const bar = element(root, "div", "bar");
    this.play = element(bar, "button", "play");
    this.play.onclick = () => { this.training = !this.training; this.name(); if (this.training) this.ask({ go: true }); };
    this.boost = element(bar, "button", "boost", text.boost);
    this.boost.title = text.boost_help;
    this.boost.onclick = () => { this.boosting = true; this.name(); this.choose("boosting"); this.ask({ boost: true }); };
    this.reset = element(bar, "button", "reset", `⟲ ${text.reset}`);
    this.reset.onclick = () => { this.stop(); this.ask({ anew: true, real: true }); };
    for (const each of [this.play, this.boost, this.reset]) each.type = "button";
    this.progress = element(bar, "progress");
    this.counter = element(bar, "output", "counter");
    this.said = element(root, "p", "said");
    this.said.setAttribute("role", "status");
    const body = element(root, "div", "body"), stage = element(body, "div", "stage"), side = element(body, "div", "side");
    const canvas = element(stage, "canvas", "sheet");
    canvas.setAttribute("role", "img");
    this.plane = new Plane(canvas, colours);
    this.title = element(stage, "h3", "rule");
    this.sentence = element(stage, "p", "sentence");
    this.sliders = element(side, "div", "sliders");
    this.cards = element(side, "div", "cards");
    this.table = element(element(root, "div", "scroll"), "table", "numbers");
    this.frames = new Frames({
      shown: (bytes, head, wish) => this.shown(bytes, head, wish),
      failed: (fault) => { this.stop(); this.say(fault ?? text.connection); },
      gone: () => { this.stop(); this.say(text.gone); this.lost(); },
    });
  }

  take(data) {
    const other = data.address !== this.data?.address;
    this.data = data;
    this.text = data.text;
    this.frames.at(data.address);
    this.rule = data.rule;
    if (other) {
      this.stop();
      Object.assign(this, { head: null, parts: {}, weights: [...data.weights] });
      this.slide();
      this.lay();
      this.say("");
      this.ask({ real: true, settle: true });
    } else {
      if (data.weights.some((each, k) => Math.abs(each - this.weights[k]) > 1e-9)) {
        this.weights = [...data.weights];
        this.slide();
        this.ask({ settle: true });
      }
      this.paint();
    }
  }

  stop() { this.training = this.boosting = false; this.name(); }

  ask(wish) { this.frames.ask({ weights: this.weights, ...wish }); }

  name() {
    const { text, head, play, boost } = this, done = head?.done;
    play.hidden = Boolean(done);
    play.textContent = this.training ? `❚❚ ${text.pause}` : `▶ ${text.train_members}`;
    play.setAttribute("aria-pressed", this.training);
    boost.hidden = !done;
    boost.disabled = this.boosting || Boolean(this.parts.boosting);
    this.sliders.hidden = !done;
    const share = !head ? 0 : this.boosting ? (head.boosting ?? 0) / head.of : head.steps.reduce((a, b) => a + b, 0) / (head.of * head.steps.length);
    this.progress.hidden = !this.training && !this.boosting;
    this.progress.value = share;
    this.progress.setAttribute("aria-label", text.progress);
    this.counter.textContent = !head || done && !this.boosting ? "" : filled(text.trained, { steps: this.boosting ? head.boosting ?? 0 : Math.min(...head.steps), of: head.of });
  }

  slide() {
    const { sliders, weights, data, colours } = this;
    sliders.replaceChildren();
    sliders.setAttribute("aria-label", this.text.weights);
    data.names.forEach((name, k) => {
      const label = element(sliders, "label"), title = element(label, "span");
      element(title, "i").style.background = colours.members[k];
      title.append(name);
      const input = element(label, "input"), value = element(label, "output", "", weights[k].toFixed(2));
      Object.assign(input, { type: "range", min: 0, max: 1, step: 0.05, value: weights[k] });
      input.oninput = () => { weights[k] = +input.value; value.textContent = weights[k].toFixed(2); this.ask({}); };
      input.onchange = () => { this.ask({ settle: true }); this.tellPage(); };
    });
  }

  tellPage() { this.chosen({ rule: this.rule, weights: this.weights.map((each) => +each.toFixed(2)).join("-") }); }

  lay() { // a card for each member and each rule
    const { cards, data, colours } = this;
    cards.replaceChildren();
    const members = data.names.map((name, k) => [`member.${k}`, name, colours.members[k]]);
    const extra = [["boosted", this.text.boosted, colours.members[data.names.length]]];
    const rules = data.rules.map((name) => [name, this.text[`rule.${name}`], colours.generator]);
    this.small = new Map([...members, ...extra, ...rules].map(([name, title, colour]) => {
      const card = element(cards, "button", "card"), canvas = element(card, "canvas");
      card.type = "button";
      card.onclick = () => this.choose(name);
      element(card, "strong", "", title);
      return [name, { card, title, colour, numbers: element(card, "small"), plane: new Plane(canvas, { ...colours, generator: colour }) }];
    }));
    this.small.get("boosted").card.hidden = true;
  }

  choose(name) {
    this.rule = name;
    this.paint();
    if (this.data.rules.includes(name)) this.tellPage();
  }

  shown(bytes, head, wish) {
    if (this.head && this.head.life !== head.life) {
      if (!wish.anew) { this.stop(); this.say(this.text.restarted); }
      this.parts = { real: this.parts.real };
    }
    const found = parted(bytes, head.parts), keep = { real: this.parts.real, selection: this.parts.selection };
    const measured = { ...(wish.settle || !this.parts.selection ? {} : { selection: this.head.measured.selection }), ...head.measured };
    const saidBefore = this.head?.said?.selection;
    this.stale = Boolean(keep.selection && head.done && !found.selection); // the pointer moves: its fit is of other weights
    if (!found.selection && keep.selection && head.done) found.selection = keep.selection;
    found.real ??= keep.real;
    for (const [name, who] of Object.entries(head.drawers ?? {})) if (found[name]) found[name].colours = who.map((k) => this.colours.members[k]);
    this.extent = head.extent ?? this.extent;
    this.parts = found;
    this.head = { ...head, measured };
    if (this.stale && saidBefore) this.head.said.selection = saidBefore;
    const waited = this.training && head.done;
    if (waited) this.training = false;
    if (this.boosting && found.boosting) this.boosting = false;
    this.name();
    this.paint();
    if (waited) this.ask({ settle: true });
    else if (this.training) requestAnimationFrame(() => this.training && this.ask({ go: true }));
    else if (this.boosting) requestAnimationFrame(() => this.boosting && this.ask({ boost: true }));
    else if (!this.frames.wish && this.stale && !wish.dragged) clearTimeout(this.rest), (this.rest = setTimeout(() => this.stale && this.ask({ settle: true }), 400));
  }

  paint() {
    const { head, parts, text, small } = this;
    if (!head || !this.extent) return;
    const wanted = parts[this.rule] ? this.rule : this.head.done && parts.average ? this.rule : "member.0";
    for (const [name, { card, plane, numbers }] of small) {
      const own = parts[name], fault = head.faults?.[name];
      if (name === "boosted") card.hidden = !own;
      card.disabled = !own;
      card.classList.toggle("stale", name === "selection" && this.stale);
      card.setAttribute("aria-pressed", name === this.rule);
      plane.show({ real: parts.real, points: own }, this.extent, own ? ["real", "points"] : ["real"]);
      numbers.textContent = own ? this.facts(name) : fault ?? (head.done ? text[name === "boosting" ? "needs_boost" : "needs_rest"] : text.needs_training);
    }
    const own = parts[wanted], title = small.get(wanted)?.title ?? "";
    this.plane.colours = { ...this.colours, generator: small.get(wanted)?.colour };
    this.plane.show({ real: parts.real, points: own }, this.extent, own ? ["real", "points"] : ["real"]);
    this.plane.canvas.setAttribute("aria-label", `${title}. ${own ? this.facts(wanted) : ""}`);
    this.plane.canvas.dataset.rule = own ? wanted : "";
    this.title.textContent = own ? `${title}: ${this.facts(wanted)}` : title;
    this.sentence.textContent = head.said?.[wanted] ?? head.faults?.[wanted] ?? (head.done ? (own ? "" : text[wanted === "boosting" ? "needs_boost" : "needs_rest"]) : text.watch);
    this.tell();
  }

  facts(name) {
    const told = this.head.measured[name], { text } = this;
    if (!told) return "";
    const quality = `${(100 * told.high_quality).toFixed(1)} %`;
    return told.of ? filled(text.facts, { modes: told.modes, of: told.of, quality, kl: short(told.kl) }) : filled(text.facts_curve, { quality, likelihood: short(told.log_likelihood) });
  }

  tell() {
    const { table, head, text, small } = this, curve = !Object.values(head.measured)[0]?.of;
    table.replaceChildren();
    if (!head.done) return;
    element(table, "caption", "", text.table_caption);
    const heads = element(element(table, "thead"), "tr"), body = element(table, "tbody");
    for (const name of ["drawer", ...(curve ? [] : ["modes"]), "high_quality", ...(curve ? ["log_likelihood"] : ["kl"])]) element(heads, "th", "", text[name]).scope = "col";
    for (const [name, { title }] of small) {
      const told = head.measured[name];
      if (!told) continue;
      const row = element(body, "tr", name === this.rule ? "chosen" : "");
      element(row, "th", "", title).scope = "row";
      if (!curve) element(row, "td", "", `${told.modes} / ${told.of}`);
      element(row, "td", "", `${(100 * told.high_quality).toFixed(1)} %`);
      element(row, "td", "", curve ? short(told.log_likelihood) : told.kl === null ? "–" : told.kl.toFixed(3));
    }
  }

  say(sentence) { this.said.textContent = sentence; }
}
