// Lists by keyboard: / searches, j and k or the arrows move, x chooses, m opens a row, t its tags, u undoes, ? lists the
// keys; other keys press the row's own buttons. All by delegation,
// so that rows which come later are served too; every one of these is a link, a form or a button without script.
const rowOf = (element) => element?.closest?.(".worklist tbody > tr");
const lead = (row) => row.querySelector("th[scope=row] a, th[scope=row] button");
const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function offered(kind) {
  return [...document.querySelectorAll(`[data-offer=${kind}] button`)].at(-1);
}

function openTags(row) {
  const more = row.querySelector("[data-more-of]");
  const field = document.getElementById(`${row.id}-more`)?.querySelector("[data-tags]");
  if (!field) return false;
  if (!row.classList.contains("is-open")) toggle(more);
  field.focus();
  return true;
}

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
  } else if (row && (event.key === "ArrowDown" || event.key === "ArrowUp") && event.target === lead(row)) {
    step(row, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "?" && document.querySelector("[data-keys]")) {
    const keys = document.querySelector("[data-keys]");
    keys.open = !keys.open;
  } else if (event.key === "u" && offered("undo")) {
    offered("undo").click();
  } else if (event.key === "m" && row?.querySelector("[data-more-of]")) {
    toggle(row.querySelector("[data-more-of]"));
  } else if (event.key === "t" && row && openTags(row)) {
    // Opened.
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
// After a verdict (`data-advances`) the next row is the current one; where something is asked first, its button is.
let place = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const by = event.detail.elt;
  const row = rowOf(by)?.classList.contains("detail") ? rowOf(by).previousElementSibling : rowOf(by);
  if (row) place = { by, id: row.id, at: rows().indexOf(row), advances: by.matches("[data-advances]") };
  else if (by.matches("[data-offer]") && place) place = { ...place, by, advances: by.dataset.offer === "ask" };
});
// Once settled: before that, a key would press a button that htmx does not know yet.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!place || event.detail.requestConfig?.elt !== place.by) return;
  count();
  fit();
  const same = document.getElementById(place.id);
  same?.classList.add("is-new");
  if (offered("ask")) return; // its button is current once it is ready
  if (place.advances || place.by.matches("[data-offer]") || document.activeElement === document.body) {
    const all = rows();
    const at = same ? all.indexOf(same) + (place.advances ? 1 : 0) : place.at;
    const row = all[Math.min(at, all.length - 1)];
    if (row) lead(row).focus();
    row?.scrollIntoView({ block: "nearest" });
  }
  document.querySelector("#messages .notice")?.scrollIntoView({ block: "nearest" });
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.verb !== "post" || !offered("ask")) return;
  offerInPlace();
  offered("ask").focus();
  offered("ask").scrollIntoView({ block: "nearest" });
});
// What a message offers is done in place, where the page's list can be swapped.
function offerInPlace() {
  if (!document.querySelector("[data-swaps]")) return;
  for (const form of document.querySelectorAll("[data-offer]:not([hx-post])")) {
    form.setAttribute("hx-post", form.getAttribute("action"));
    const list = { target: "#desk", select: "#desk", swap: "outerHTML", "select-oob": "#messages,#toasts" };
    for (const [name, value] of Object.entries(list)) form.setAttribute(`hx-${name}`, value);
    window.htmx?.process(form.parentElement);
  }
}
addEventListener("load", offerInPlace);
document.addEventListener("htmx:load", offerInPlace);
addEventListener("load", fit);
addEventListener("resize", fit);
addEventListener("pageshow", count);
