// Asks the server for pictures while the pointer moves: one request on its way, and of all wishes only the newest.

export class Frames {
  // shown(pixels, head, wish) for each answer; failed(sentence) for what cannot be drawn; gone() once the server
  // has forgotten how (it was started again): Python has to run.
  constructor({ shown, failed = () => {}, gone = () => {} }) {
    Object.assign(this, { shown, failed, gone, wish: null, busy: false, address: null });
  }

  at(address) { this.address = address; }

  ask(wish) {
    this.wish = wish;
    if (!this.busy) this.next();
  }

  async next() {
    const { wish, address } = this;
    this.wish = null;
    this.busy = true;
    try {
      const answer = await fetch(new URL(address, document.baseURI), { method: "POST", body: JSON.stringify(wish) });
      if (answer.status === 410) this.gone();
      else if (!answer.ok) this.failed((await answer.json()).fault ?? answer.statusText);
      else {
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (address === this.address) this.shown(bytes, JSON.parse(answer.headers.get("X-Frame")), wish);
      }
    } catch {
      this.failed(null); // no connection: the next wish tries again
    }
    this.busy = false;
    if (this.wish) this.next();
  }
}
