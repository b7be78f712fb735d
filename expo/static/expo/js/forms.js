// Counters, filters that send themselves, a warning before typed words are left behind, focus on what went wrong.
import "./worklist.js";

const measures = {
  words: (text) => (text.trim() ? text.trim().split(/\s+/).length : 0),
  characters: (text) => text.length,
};

function count(area) {
  const limit = Number(area.dataset.count);
  const unit = area.dataset.unit in measures ? area.dataset.unit : "characters";
  const note = document.createElement("p");
  note.className = "counter";
  const show = () => {
    const used = measures[unit](area.value);
    note.textContent = `${used} of ${limit} ${unit}`;
    note.classList.toggle("is-over", used > limit);
  };
  area.after(note);
  area.addEventListener("input", show);
  show();
}

function guard(form) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

export function startForms(root) {
  root.querySelectorAll("textarea[data-count]").forEach(count);
  root.querySelectorAll("form[data-guard]").forEach(guard);
  for (const form of root.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  root.querySelector("[data-focus]:not([data-quiet] *)")?.focus();
}
