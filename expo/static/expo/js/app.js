// Small comforts; every page works without them.
import { startClocks } from "./clocks.js";
import { startDrafts } from "./drafts.js";
import { startForms } from "./forms.js";

function startTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = () => document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      try {
        localStorage.setItem("expo-theme", next);
      } catch {
        // The choice then lasts for this page only.
      }
    });
  }
}

function startMenus() {
  const open = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A confirmation leaves by itself unless it is being read or offers a button.
function startToasts(root) {
  for (const toast of root.querySelectorAll("[data-toasts] > .notice")) {
    const leave = () => toast.remove();
    let timer = setTimeout(leave, toast.querySelector("button") ? 12_000 : 6_000);
    for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => {
      timer = setTimeout(leave, 3_000);
    });
  }
}

// A pressed button says that its work is under way, until the next page or the answer is there.
function startBusy() {
  document.addEventListener("submit", (event) => {
    const { submitter, target } = event;
    if (event.defaultPrevented || !submitter || target.method !== "post") return;
    submitter.setAttribute("aria-busy", "true");
    setTimeout(() => submitter.removeAttribute("aria-busy"), 8_000);
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

// htmx tells of the whole page once and then of every part it swaps in.
function start(root) {
  startClocks(root);
  startForms(root);
  startDrafts(root);
  startToasts(root);
}

startTheme();
startMenus();
startBusy();
start(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});
