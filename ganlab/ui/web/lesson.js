// What a lesson link pins can be read, by eye and by screen reader, and neither clicked (its style) nor reached by keys.

const KEYS = "input, button, select, textarea, [tabindex], [role=slider]";
let watcher, due;

export function mount({ data }) {
  watcher?.disconnect();
  for (const each of document.querySelectorAll("[data-pinned]")) free(each);
  if (!data.pinned) return;
  watcher = new MutationObserver(() => { due ??= requestAnimationFrame(() => { due = null; pin(data.pinned); }); });
  watcher.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["tabindex"] });
  pin(data.pinned);
}

function pin(selector) {
  for (const control of document.querySelectorAll(selector)) {
    for (const each of [control, ...control.querySelectorAll(KEYS)]) {
      if (each === control && !each.matches(KEYS)) continue;
      if (each.getAttribute("tabindex") === "-1" && each.dataset.pinned) continue;
      each.dataset.pinned = "true";
      each.setAttribute("tabindex", "-1");
      each.setAttribute("aria-disabled", "true");
      if (each === document.activeElement) each.blur();
    }
  }
}

function free(each) {
  delete each.dataset.pinned;
  each.removeAttribute("tabindex");
  each.removeAttribute("aria-disabled");
}
