// A file dropped anywhere on the page: told to Python with its bytes in base64. Fields of Streamlit's own that take
// files keep taking theirs.

const OWN = '[data-testid="stFileUploaderDropzone"], [data-testid="stFileUploader"]';
const SHOWN = 4000; // ms that a refusal stays

export function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".dropped");
  root.place?.close();
  root.place = new Place(root, data, (file) => setTriggerValue("file", file));
  return () => { root.place?.close(); root.place = null; };
}

class Place {
  constructor(root, { most, text }, give) {
    Object.assign(this, { root, most, text, give, ears: new AbortController() });
    root.setAttribute("role", "status");
    const hear = (name, what) => document.addEventListener(name, what, { signal: this.ears.signal });
    hear("dragover", (event) => this.over(event));
    hear("dragleave", (event) => { if (!event.relatedTarget) this.say(""); });
    hear("drop", (event) => this.take(event));
  }

  close() { this.ears.abort(); clearTimeout(this.timer); }

  ours(event) {
    return event.dataTransfer?.types.includes("Files") && !event.target.closest?.(OWN);
  }

  over(event) {
    if (!this.ours(event)) { this.say(""); return; }
    event.preventDefault(); // or the browser would open the file
    this.say(this.text.here);
  }

  async take(event) {
    this.say("");
    if (!this.ours(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (!file) return;
    if (file.size > this.most) {
      this.say(this.text.large);
      this.timer = setTimeout(() => this.say(""), SHOWN);
      return;
    }
    const reader = new FileReader();
    reader.onload = () => this.give({ name: file.name, data: reader.result.split(",")[1] ?? "" });
    reader.readAsDataURL(file);
  }

  say(sentence) {
    clearTimeout(this.timer);
    this.root.textContent = sentence;
    this.root.dataset.shown = sentence ? "yes" : "no";
  }
}
