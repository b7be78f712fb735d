// Counters, filters that send themselves, a warning before typed words are left behind, focus on what went wrong.
import "./worklist.js";

const measures = {
  words: (text) => (text.trim() ? text.trim().split(/\s+/).length : 0),
  characters: (text) => [...text].length,
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

function countChosen(chips) {
  const most = Number(chips.dataset.most);
  const note = document.createElement("p");
  note.className = "counter";
  const show = () => {
    const chosen = chips.querySelectorAll(":checked").length;
    note.textContent = `${chosen} of ${most} chosen`;
    note.classList.toggle("is-over", chosen > most);
    chips.classList.toggle("is-full", chosen >= most);
  };
  chips.after(note);
  chips.addEventListener("change", show);
  show();
}

// A list that offers only what fits the choice in another field, and hides where nothing is left to choose.
function follow(select) {
  const options = [...select.options].filter((option) => option.dataset.fits);
  const show = () => {
    const chosen = select.form.querySelector(`[name="${select.dataset.follows}"]:checked`)?.value;
    for (const option of options) {
      const fits = chosen !== undefined && option.dataset.fits.split(" ").includes(chosen);
      option.disabled = option.hidden = !fits;
      if (option.selected && !fits) select.value = "";
    }
    const wrong = select.getAttribute("aria-invalid") === "true";
    select.closest(".field").hidden = !wrong && options.filter((option) => !option.disabled).length < 2;
  };
  select.form.addEventListener("change", (event) => { if (event.target.name === select.dataset.follows) show(); });
  show();
}

function isFilled(form, name) {
  return [...form.querySelectorAll(`[name="${name}"]`)].some((control) => (
    ["radio", "checkbox"].includes(control.type) ? control.checked : control.value.trim() !== ""
  ));
}

function watchSections(list) {
  const form = document.querySelector("form[data-guard]");
  const show = () => {
    for (const item of list.querySelectorAll("li:not(.is-wrong):has([data-need])")) {
      const needs = [...item.querySelectorAll("[data-need]")];
      for (const need of needs) need.hidden = need.dataset.need.split(" ").some((name) => isFilled(form, name));
      const complete = needs.every((need) => need.hidden);
      const [missing, done] = item.querySelectorAll(".section-note");
      [missing.hidden, done.hidden] = [complete, !complete];
      item.classList.toggle("is-complete", complete);
    }
  };
  form.addEventListener("input", show);
  show();
}

// The minutes of an outline's parts, against the length they have to fill.
function sum(outline) {
  const length = Number(outline.dataset.addsUp);
  const line = outline.querySelector("[data-sum]");
  const isRight = outline.querySelector("[data-sum-is-right]");
  outline.addEventListener("input", () => {
    const typed = [...outline.querySelectorAll("[data-minutes]")].map((control) => Number(control.value));
    const minutes = typed.filter((value) => Number.isInteger(value) && value > 0).reduce((all, one) => all + one, 0);
    line.textContent = `${minutes} of ${length} minutes`;
    isRight.value = minutes === length ? "1" : "";
  });
}

// Another choice asks for another form: the button that fetches it is pressed at once.
function redraw(button) {
  button.hidden = true;
  button.form.addEventListener("change", (event) => {
    if (event.target.name === button.dataset.redraw) button.form.requestSubmit(button);
  });
}

function guard(form) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed && !("kept" in form.dataset)) event.preventDefault(); });
}

export function startForms(root) {
  root.querySelectorAll("[data-count]").forEach(count);
  root.querySelectorAll("[data-most]").forEach(countChosen);
  root.querySelectorAll("select[data-follows]").forEach(follow);
  root.querySelectorAll("[data-sections]").forEach(watchSections);
  root.querySelectorAll("[data-adds-up]").forEach(sum);
  root.querySelectorAll("[data-redraw]").forEach(redraw);
  root.querySelectorAll("form[data-guard]").forEach(guard);
  for (const form of root.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  root.querySelector("[data-focus]:not([data-quiet] *)")?.focus();
}
