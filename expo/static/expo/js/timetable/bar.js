// Above the grid: a format as a filter, a counted warning that shows its cards, and the list of keys.
import { refresh, root } from "./server.js";

const SHOWN_MILLISECONDS = 6000;
let hiding = null;

function showMarked(key) {
  clearTimeout(hiding);
  const hide = () => root.querySelectorAll(".is-shown").forEach((card) => card.classList.remove("is-shown"));
  hide();
  for (const card of root.querySelectorAll(`[data-notes~="${key}"]`)) card.classList.add("is-shown");
  hiding = setTimeout(hide, SHOWN_MILLISECONDS);
}

// At once in the grid; then the page as the server draws it for this address.
function filterBy(link) {
  const chosen = link.hasAttribute("aria-current") ? "" : link.dataset.format;
  for (const card of root.querySelectorAll("[data-kind]")) {
    card.classList.toggle("is-quiet", Boolean(chosen) && card.dataset.kind !== chosen);
  }
  history.replaceState(null, "", link.href);
  return refresh(`[data-format="${link.dataset.format}"]`);
}

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-format], [data-marks]");
  if (link?.dataset.marks) showMarked(link.dataset.marks);
  else if (link) {
    event.preventDefault();
    filterBy(link);
  }
}

function onKey(event) {
  const keys = root.querySelector("#keys");
  if (event.key !== "?" || !keys || event.target.closest?.("input, textarea, select")) return;
  event.preventDefault();
  keys.open = !keys.open;
  keys.querySelector("summary").focus();
}

export function startBar() {
  root.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
}
