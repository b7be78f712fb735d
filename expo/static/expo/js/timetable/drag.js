// By mouse: drag a card to a cell, onto another card or to the unscheduled sessions; drag its lower edge to resize it.
import { check, root, stopChecking } from "./server.js";
import { cardIn, clock, mark, read, showVerdict, unmark } from "./grid.js";
import { drop, resize, unplace } from "./actions.js";
import { say } from "./messages.js";

let dragged = null; // the card
let over = null; // the element it would be dropped on
let resizing = null;

export const isBusy = () => Boolean(dragged || resizing);

function onDragStart(event) {
  const element = event.target.closest?.("[data-card]");
  if (!element || resizing) return;
  dragged = read(element);
  element.classList.add("is-dragging");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.title);
}

function onDragEnd() {
  root.querySelector(".is-dragging")?.classList.remove("is-dragging");
  root.querySelector("[data-unscheduled]")?.classList.remove("is-target");
  stopChecking();
  unmark();
  dragged = over = null;
}

function onDragOver(event) {
  if (!dragged) return;
  const list = event.target.closest?.("[data-unscheduled]");
  const cell = event.target.closest?.("td[data-room]");
  if (list ? !dragged.session : !cell) return;
  event.preventDefault();
  if ((list ?? cell) === over) return;
  over = list ?? cell;
  root.querySelector("[data-unscheduled]")?.classList.toggle("is-target", over === list);
  if (list) {
    unmark();
    return;
  }
  mark(cell);
  checkPlace(dragged, cell);
}

// Does it fit? The answer is shown in the cell.
export function checkPlace(card, cell, onVerdict = () => {}, at = cell.dataset.start) {
  const other = cardIn(cell);
  const place = other && card.session && other.dataset.code !== card.code
    ? { other: other.dataset.session } : { room: cell.dataset.room, starts_at: at };
  check(card, place, (verdict) => {
    showVerdict(cell, verdict);
    onVerdict(verdict, Boolean(place.other));
  });
}

function onDrop(event) {
  if (!dragged || !over) return;
  event.preventDefault();
  const [card, target] = [dragged, over];
  onDragEnd();
  if (target.matches("[data-unscheduled]")) unplace(card);
  else drop(card, target);
}

// Drag the lower edge: the height of the card is its length.
function startResizing(event) {
  const element = event.target.closest?.("[data-grip]")?.closest("[data-card]");
  if (!element) return;
  event.preventDefault();
  const card = read(element);
  const perMinute = element.getBoundingClientRect().height / card.minutes;
  resizing = { card, element, from: event.clientY, perMinute, minutes: card.minutes };
  root.setPointerCapture?.(event.pointerId);
}

function onResize(event) {
  if (!resizing) return;
  const { card, element, from, perMinute } = resizing;
  const height = card.minutes + (event.clientY - from) / perMinute;
  const minutes = Math.min(card.most, Math.max(card.least, Math.round(height / 5) * 5));
  if (minutes === resizing.minutes) return;
  resizing.minutes = minutes;
  say(`${minutes} minutes, until ${clock(card.start, minutes)}`);
  const cell = element.closest("td");
  check(card, { room: card.room, starts_at: card.start, minutes }, (verdict) => showVerdict(cell, verdict));
}

function endResizing() {
  if (!resizing) return;
  const { card, minutes } = resizing;
  resizing = null;
  stopChecking();
  unmark();
  if (minutes !== card.minutes) resize(card, minutes);
}

// A scheduled card can be pinned, and drawn longer by its lower edge where its format allows.
function addTools(element) {
  const tools = document.querySelector("[data-tools]").content.cloneNode(true);
  const { pinned, shortest } = element.dataset;
  tools.querySelector("[data-pin]").setAttribute("aria-pressed", String(pinned !== undefined));
  if (pinned !== undefined) tools.querySelector("svg").setAttribute("aria-label", "Unpin");
  if (shortest === undefined) tools.querySelector("[data-grip]").remove();
  element.append(tools);
}

export function prepare() {
  for (const element of root.querySelectorAll("[data-card]")) {
    element.draggable = true;
    if (element.dataset.session) addTools(element);
  }
  for (const link of root.querySelectorAll("[data-card] a")) link.draggable = false;
}

export function startDragging() {
  root.addEventListener("dragstart", onDragStart);
  root.addEventListener("dragover", onDragOver);
  root.addEventListener("dragend", onDragEnd);
  root.addEventListener("drop", onDrop);
  root.addEventListener("pointerdown", startResizing);
  root.addEventListener("pointermove", onResize);
  root.addEventListener("pointerup", endResizing);
  root.addEventListener("pointercancel", () => { resizing = null; });
}
