// How good the present setting is: a glance at a few hundred pictures, taken behind the scenes once a control is let
// go, beside the same glance at each member alone.

const version = new URL(import.meta.url).search;
const [{ element }, { Frames }] = await Promise.all(["studio_cell", "frames"].map((name) => import(`./${name}.js${version}`)));

export class Numbers {
  constructor(parent, text) {
    Object.assign(this, { text, alone: null, here: null });
    this.box = element(parent, "div", "numbers");
    this.box.setAttribute("role", "status");
    this.members = new Frames({ shown: (_, head) => { this.alone = head; this.show(); } });
    this.setting = new Frames({
      shown: (_, head) => { this.here = head; this.show(); },
      failed: () => { this.here = null; this.show(); },
    });
  }

  remove() { this.box.remove(); }

  // What is measured: another ensemble, other latents or another rule; null where nothing can be.
  stand(address, scene) {
    if (!address) { this.address = null; this.box.replaceChildren(); return; }
    this.setting.at(address);
    this.members.at(address);
    if (this.ensemble !== scene) this.members.ask({ members: true });
    this.ensemble = scene;
    this.address = address;
  }

  ask(weights) {
    if (!this.address) return;
    this.box.dataset.state = "measuring";
    this.setting.ask({ weights });
  }

  show() {
    const { box, text, here, alone } = this;
    box.replaceChildren();
    box.dataset.state = here ? "measured" : "";
    if (!here) return;
    const best = alone?.members.reduce((least, each) => (each.fid.value < least.fid.value ? each : least));
    const mean = alone && alone.members.reduce((sum, each) => sum + each.fid.value, 0) / alone.members.length;
    const line = element(box, "p", "verdict"), word = element(line, "strong");
    word.textContent = `FID ${interval(here.fid)}`;
    const { precision, recall } = here;
    element(box, "p").textContent = `${text.precision} ${interval(precision, 2)} · ${text.recall} ${interval(recall, 2)}`;
    if (best) {
      // Intervals that do not touch: then, and only then, one is called better.
      const better = here.fid.high < best.fid.low, worse = here.fid.low > best.fid.high;
      box.dataset.verdict = better ? "better" : worse ? "worse" : "alike";
      const told = text[better ? "better" : worse ? "worse" : "alike"];
      element(box, "p").textContent = `${fill(told, { name: best.name, value: short(best.fid.value) })} ${fill(text.mean, { value: short(mean) })}`;
    }
    element(box, "p", "question").textContent = fill(text.question, { ...here, split: text.split, floor: short(here.floor) });
  }
}

function short(value, digits = value < 10 ? 2 : 1) { return value.toFixed(digits); }

function interval({ value, low, high }, digits) { return `${short(value, digits)} [${short(low, digits)}–${short(high, digits)}]`; }

function fill(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); }
