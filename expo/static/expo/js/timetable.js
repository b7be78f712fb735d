// The timetable editor: drag or carry sessions, see at once what speaks against a place, undo; others' changes come in.
import { startBar } from "./timetable/bar.js";
import * as dragging from "./timetable/drag.js";
import * as keys from "./timetable/keys.js";
import { fetchNews, refresh, root } from "./timetable/server.js";
import { cards, read } from "./timetable/grid.js";
import { isPerforming, pin, submitStep } from "./timetable/actions.js";
import { say } from "./timetable/messages.js";

const POLL_MILLISECONDS = 5000;
let isOutdated = false; // somebody else changed something while a session is carried

async function poll() {
  if (document.hidden || isPerforming()) return;
  const said = await fetchNews().catch(() => null);
  if (said && !isPerforming()) {
    say(said);
    isOutdated = true;
  }
  if (isOutdated && !isPerforming() && !dragging.isBusy() && !keys.isCarrying()) {
    isOutdated = false;
    await refresh();
  }
}

function onRendered() {
  if (!cards().length) return;
  dragging.prepare();
  keys.prepare();
  keys.resumeCarrying();
}

async function showDay(address) {
  history.replaceState(null, "", address);
  await refresh();
}

if (root?.dataset.editable !== undefined) {
  dragging.startDragging();
  keys.startKeys();
  root.addEventListener("rendered", onRendered);
  root.addEventListener("day", (event) => showDay(event.detail));
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-step]")) return;
    event.preventDefault();
    submitStep(event.target);
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button) pin(read(button.closest("[data-card]")));
  });
  onRendered();
}
if (root) {
  startBar();
  setInterval(poll, POLL_MILLISECONDS);
}
