// One member of an ensemble: what it draws, its weight, and its part of the fusion.

const STEP = 0.01, USUAL = 0.5;

export class Cell {
  constructor(parent, member, place, text, deeds) {
    Object.assign(this, { text, deeds, locked: false, muted: null });
    this.box = element(parent, "div", "cell");
    this.box.style.setProperty("--role", member.colour);
    const head = element(this.box, "div", "name");
    element(head, "b").textContent = `G${place + 1}`;
    element(head, "span").textContent = member.name;
    head.title = member.about;
    this.canvas = element(this.box, "canvas");
    this.canvas.setAttribute("role", "img");
    const label = element(this.box, "label", "weight");
    this.range = element(label, "input");
    Object.assign(this.range, { type: "range", min: 0, max: 1, step: STEP });
    this.range.setAttribute("aria-label", text.weight_of.replace("{name}", member.name));
    this.output = element(label, "output");
    this.range.oninput = () => { this.muted = null; deeds.moved(+this.range.value); };
    this.range.onchange = () => deeds.released();
    this.range.ondblclick = () => { deeds.moved(USUAL); deeds.released(); };
    const row = element(this.box, "div", "row");
    this.share = element(row, "span", "share");
    this.solo = button(row, text.solo, deeds.solo, text.solo_help.replace("{name}", member.name));
    this.mute = button(row, text.mute, () => this.silence(), text.mute_help.replace("{name}", member.name));
    this.lock = button(row, text.lock, () => this.keep(!this.locked), text.lock_help);
    this.number = element(this.box, "p", "number");
    this.number.textContent = member.number ?? "";
    this.number.title = member.number_about ?? "";
  }

  remove() { this.box.remove(); }

  paint(sheet, bytes, alt) {
    sheet.paint(bytes);
    this.canvas.setAttribute("aria-label", alt);
  }

  silence() {
    const back = this.muted;
    this.muted = back === null ? +this.range.value : null;
    this.deeds.moved(back ?? 0);
    this.deeds.released();
  }

  keep(locked) {
    this.locked = locked;
    this.lock.setAttribute("aria-pressed", String(locked));
    this.range.disabled = locked || !this.allowed;
  }

  weighs(allowed) {
    this.allowed = allowed;
    this.range.disabled = this.locked || !allowed;
    for (const control of [this.solo, this.mute, this.lock]) control.disabled = !allowed;
  }

  // How much it counts: its weight as it is, or its part of 1.
  stand(weight, share, { as_is: asIs, weighs, text }) {
    if (document.activeElement !== this.range || +this.range.value !== weight) this.range.value = weight;
    this.output.textContent = weight.toFixed(2);
    this.share.textContent = asIs ? `× ${weight.toFixed(2)}` : text.share.replace("{share}", (100 * share).toFixed(0));
    this.box.style.setProperty("--share", share);
    this.box.dataset.idle = String(share === 0);
    if (weight > 0) this.muted = null;
    this.mute.setAttribute("aria-pressed", String(weighs && this.muted !== null));
  }
}

export function element(parent, tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

export function button(parent, words, deed, help = "") {
  const made = element(parent, "button");
  Object.assign(made, { type: "button", textContent: words, title: help, onclick: deed });
  return made;
}
