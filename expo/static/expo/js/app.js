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

// htmx tells of the whole page once and then of every part it swaps in.
function start(root) {
  startClocks(root);
  startForms(root);
  startDrafts(root);
}

startTheme();
startMenus();
start(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});
