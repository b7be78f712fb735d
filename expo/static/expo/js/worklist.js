// Lists by keyboard: / searches, j and k move, x chooses, other keys press the row's own buttons. All by delegation,
// so that rows which come later are served too; every one of these is a link, a form or a button without script.
const rowOf = (element) => element?.closest?.(".worklist tbody > tr");
const lead = (row) => row.querySelector("th[scope=row] a, th[scope=row] button");
const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function toggle(button) {
  const row = document.getElementById(button.dataset.moreOf);
  const detail = document.getElementById(`${button.dataset.moreOf}-more`);
  const open = row.classList.toggle("is-open");
  if (detail) detail.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
}

const rows = () => [...document.querySelectorAll(".worklist tbody > tr:not([hidden])")].filter(lead);

function step(from, by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(from);
  const next = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + by))];
  lead(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

// Heads stick only outside a scroll container, so a table gets one when it does not fit.
function fit() {
  for (const region of document.querySelectorAll(".scroll")) {
    const table = region.querySelector("table");
    if (!table) continue;
    if (region.classList.contains("is-fitted")) region.classList.remove("is-wide", "is-fitted");
    if (table.offsetWidth > region.clientWidth + 1) region.classList.add("is-wide", "is-fitted");
  }
}

function count() {
  for (const place of document.querySelectorAll("[data-chosen]")) {
    const boxes = [...place.closest(".selecting").querySelectorAll("tbody .check input")];
    const chosen = boxes.filter((box) => box.checked).length;
    place.textContent = `${chosen} chosen`;
    const all = place.closest(".selecting").querySelector("[data-choose-all]");
    if (all) [all.checked, all.indeterminate] = [chosen === boxes.length && chosen > 0, chosen > 0 && chosen < boxes.length];
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more-of]");
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  toggle(button);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-all]")) {
    for (const box of event.target.closest(".selecting").querySelectorAll("tbody .check input")) {
      box.checked = event.target.checked;
    }
  }
  if (event.target.closest(".check")) count();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const row = rowOf(document.activeElement);
  if (event.key === "/") {
    const search = document.querySelector("[data-toolbar] input[type=search]");
    if (!search) return;
    search.focus();
    search.select();
  } else if (event.key === " " && event.target.matches("a[data-more-of]")) {
    toggle(event.target);
  } else if ((event.key === "j" || event.key === "k") && rows().length) {
    step(row, event.key === "j" ? 1 : -1);
  } else if (event.key === "x" && row?.querySelector(".check input")) {
    row.querySelector(".check input").click();
  } else if (row && /^[a-z]$/.test(event.key)) {
    const button = row.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    button.click();
  } else return;
  event.preventDefault();
});

// An address says only what is asked; and whoever cleared every filter wants the whole list, not the saved view.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-toolbar]")) return;
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  if (![...event.formData].length) event.formData.set("all", "1");
});

function dress(root) {
  for (const button of root.querySelectorAll("[data-more-of]:not([aria-expanded])")) {
    button.setAttribute("aria-expanded", "false");
    if (button.matches("a")) button.setAttribute("role", "button");
  }
}

dress(document);
document.addEventListener("htmx:load", (event) => dress(event.detail.elt));
// After a part of the page was swapped, the row acted on stays the current one; where it has left the list, the next.
let place = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const row = rowOf(event.detail.elt);
  if (row) place = { by: event.detail.elt, id: row.id, at: rows().indexOf(row) };
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!place || event.detail.requestConfig?.elt !== place.by) return;
  const row = document.getElementById(place.id) ?? rows()[place.at] ?? rows().at(-1);
  if (row && document.activeElement === document.body) lead(row).focus();
  document.getElementById(place.id)?.classList.add("is-new");
  document.querySelector("#messages .notice")?.scrollIntoView({ block: "nearest" });
  place = null;
  count();
  fit();
});
addEventListener("load", fit);
addEventListener("resize", fit);
addEventListener("pageshow", count);
