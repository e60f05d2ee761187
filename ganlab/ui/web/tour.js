// The guided tour: a card in the corner of the window, outside of the page, so that pages may change under it.
// Python tells its words and where its links lead; which step is shown, and whether it was seen, the browser knows.

const SEEN = "ganlab.tour", AT = "ganlab.tour.at"; // kept by the browser; and by the tab, as long as the tour goes on
const COLOURS = ["text-color", "background-color", "primary-color", "border-color", "font"];
const STYLE = `
  .card { position: fixed; right: 1rem; bottom: 1rem; z-index: 999980; box-sizing: border-box; width: 23rem;
    max-width: calc(100vw - 2rem); max-height: calc(100vh - 6rem); overflow: auto; padding: 0.9rem 1.1rem 1rem;
    color: var(--text-color); background: var(--background-color); font: 0.95rem/1.5 var(--font);
    border: 1px solid var(--border-color); border-top: 4px solid var(--primary-color); border-radius: 0.6rem;
    box-shadow: 0 0.4rem 1.6rem rgb(0 0 0 / 0.25); }
  .card[hidden] { display: none; }
  header { display: flex; align-items: start; gap: 0.6rem; }
  h2 { outline: none; flex: 1; margin: 0; font-size: 1.05rem; line-height: 1.35; }
  p { margin: 0.5rem 0 0.8rem; white-space: pre-line; }
  footer { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; }
  span { flex: 1; opacity: 0.7; }
  button, a { font: inherit; color: inherit; cursor: pointer; background: none; padding: 0.25rem 0.8rem;
    border: 1px solid var(--border-color); border-radius: 0.5rem; text-decoration: none; }
  a { display: block; margin-bottom: 0.8rem; text-align: center; color: var(--background-color);
    background: var(--primary-color); border-color: transparent; }
  .close { padding: 0 0.45rem; line-height: 1.4; border-color: transparent; }
  button:disabled { opacity: 0.4; cursor: default; }
  button:focus-visible, a:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
  @media (prefers-reduced-motion: no-preference) {
    .card { animation: come 0.2s ease-out; } @keyframes come { from { opacity: 0; transform: translateY(0.5rem); } } }
`;

let card;

export function mount({ data, parentElement }) {
  card ??= new Card();
  card.wear(getComputedStyle(parentElement.querySelector("div")));
  card.tell(data);
}

class Card {
  constructor() {
    this.step = null; // null while it is closed
    this.turn = 0;
    this.begun = false;
    this.host = document.body.appendChild(document.createElement("div"));
    const root = this.host.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${STYLE}</style><section class="card" role="dialog" aria-labelledby="title" hidden>
      <header><h2 id="title" tabindex="-1"></h2><button class="close">✕</button></header>
      <p aria-live="polite"></p><a></a>
      <footer><span></span><button class="back"></button><button class="next"></button></footer></section>`;
    const find = (name) => root.querySelector(name);
    Object.assign(this, { box: find(".card"), title: find("h2"), text: find("p"), link: find("a") });
    Object.assign(this, { count: find("span"), close: find(".close"), back: find(".back"), next: find(".next") });
    this.close.onclick = () => this.show(null);
    this.back.onclick = () => this.show(this.step - 1);
    this.next.onclick = () => this.show(this.step + 1 < this.data.steps.length ? this.step + 1 : null);
    this.box.onkeydown = ({ key, target }) => {
      if (key === "ArrowLeft" && !this.back.disabled) this.show(this.step - 1);
      if (key === "ArrowRight" && this.step + 1 < this.data.steps.length) this.show(this.step + 1);
      if (target.disabled) this.next.focus();
    };
    document.addEventListener("keydown", (event) => {
      // What is being written or chosen from is left first.
      const busy = event.composedPath()[0].closest?.("input, textarea, [role=listbox], [role=dialog]:not(.card)");
      if (event.key === "Escape" && this.step !== null && !event.defaultPrevented && !busy) this.show(null);
    });
  }

  // Colours of the page, which are not those of the document it stands in.
  wear(style) {
    for (const name of COLOURS) this.host.style.setProperty(`--${name}`, style.getPropertyValue(`--st-${name}`));
  }

  tell(data) {
    this.data = data;
    this.close.setAttribute("aria-label", data.text.close);
    this.back.textContent = data.text.back;
    this.host.lang = data.language;
    if (data.turn > this.turn) {
      this.turn = data.turn;
      this.show(data.at);
      this.title.focus();
    } else if (!this.begun) {
      const going = read(sessionStorage, AT), seen = read(localStorage, SEEN);
      if (going !== null) this.show(Number(going) || 0);
      else if (data.fresh && seen === null) this.show(0);
    } else this.show(this.step);
    this.begun = true;
  }

  show(step) {
    const { steps, text } = this.data;
    this.step = step === null ? null : Math.min(Math.max(step, 0), steps.length - 1);
    this.box.hidden = this.step === null;
    write(sessionStorage, AT, this.step);
    if (this.step === null) return;
    write(localStorage, SEEN, "1");
    const { title, text: told, link, href } = steps[this.step];
    this.title.textContent = title;
    this.text.textContent = told;
    this.link.textContent = link;
    this.link.href = new URL(href, document.baseURI).href;
    this.count.textContent = `${text.start} ${this.step + 1} / ${steps.length}`;
    this.back.disabled = this.step === 0;
    this.next.textContent = this.step + 1 < steps.length ? text.next : text.done;
  }
}

// A browser may keep nothing for us.
function read(store, name) { try { return store.getItem(name); } catch { return null; } }
function write(store, name, value) {
  try { if (value === null) store.removeItem(name); else store.setItem(name, value); } catch { /* it asks again */ }
}
