// The timetable as a desk: drag or carry sessions, hear at once what speaks against a place, undo; others' changes come in.
import * as dragging from "./timetable/drag.js";
import * as keys from "./timetable/keys.js";
import { changed, refresh, root } from "./timetable/server.js";
import { cards, read } from "./timetable/grid.js";
import { isDoing, pin, step } from "./timetable/verbs.js";
import { say } from "./timetable/words.js";

const EVERY = 5000;
let waiting = false; // somebody else changed something while a session is carried

async function look() {
  if (document.hidden || isDoing()) return;
  const said = await changed().catch(() => null);
  if (said && !isDoing()) {
    say(said);
    waiting = true;
  }
  if (waiting && !isDoing() && !dragging.isBusy() && !keys.isCarrying()) {
    waiting = false;
    await refresh();
  }
}

function drawn() {
  if (!cards().length) return;
  dragging.prepare();
  keys.prepare();
  keys.carryOn();
}

async function toDay(address) {
  history.replaceState(null, "", address);
  await refresh();
}

if (root?.dataset.editable !== undefined) {
  dragging.startDragging();
  keys.startKeys();
  root.addEventListener("drawn", drawn);
  root.addEventListener("day", (event) => toDay(event.detail));
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-step]")) return;
    event.preventDefault();
    step(event.target);
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button) pin(read(button.closest("[data-card]")));
  });
  drawn();
}
if (root) setInterval(look, EVERY);
