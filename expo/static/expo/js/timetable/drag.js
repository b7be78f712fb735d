// By mouse: drag a card to a cell, onto another card or to the side; draw its lower edge to change its length.
import { check, root, stopChecking } from "./server.js";
import { cardIn, clock, judge, mark, read, told, unmark } from "./grid.js";
import { drop, park, resize } from "./verbs.js";
import { say } from "./words.js";

let held = null;
let over = null;
let drawn = null;

export const isBusy = () => Boolean(held || drawn);

function take(event) {
  const element = event.target.closest?.("[data-card]");
  if (!element || drawn) return;
  held = read(element);
  element.classList.add("is-dragging");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.title);
}

function leave() {
  root.querySelector(".is-dragging")?.classList.remove("is-dragging");
  root.querySelector("[data-park]")?.classList.remove("is-target");
  stopChecking();
  unmark();
  held = over = null;
}

function hold(event) {
  if (!held) return;
  const side = event.target.closest?.("[data-park]");
  const cell = event.target.closest?.("td[data-room]");
  if (side ? !held.session : !cell) return;
  event.preventDefault();
  if ((side ?? cell) === over) return;
  over = side ?? cell;
  root.querySelector("[data-park]")?.classList.toggle("is-target", over === side);
  if (side) {
    unmark();
    return;
  }
  mark(cell);
  ask(held, cell);
}

// Would it fit? The answer stands in the cell.
export function ask(card, cell, heard = () => {}, at = cell.dataset.start) {
  const other = cardIn(cell);
  const place = other && card.session && other.dataset.code !== card.code
    ? { other: other.dataset.session } : { room: cell.dataset.room, starts_at: at };
  check(card, place, (verdict) => {
    judge(cell, verdict);
    heard(verdict, Boolean(place.other));
  });
}

function letGo(event) {
  if (!held || !over) return;
  event.preventDefault();
  const [card, target] = [held, over];
  leave();
  if (target.matches("[data-park]")) park(card);
  else drop(card, target);
}

// Draw the lower edge: the height of the card is its length.
function grip(event) {
  const element = event.target.closest?.("[data-grip]")?.closest("[data-card]");
  if (!element) return;
  event.preventDefault();
  const card = read(element);
  const perMinute = element.getBoundingClientRect().height / card.minutes;
  drawn = { card, element, from: event.clientY, perMinute, minutes: card.minutes };
  root.setPointerCapture?.(event.pointerId);
}

function draw(event) {
  if (!drawn) return;
  const { card, element, from, perMinute } = drawn;
  const wanted = card.minutes + (event.clientY - from) / perMinute;
  const minutes = Math.min(card.most, Math.max(card.least, Math.round(wanted / 5) * 5));
  if (minutes === drawn.minutes) return;
  drawn.minutes = minutes;
  say(`${minutes} minutes, until ${clock(card.start, minutes)}`);
  const cell = element.closest("td");
  check(card, { room: card.room, starts_at: card.start, minutes }, (verdict) => judge(cell, verdict));
}

function drawnTo() {
  if (!drawn) return;
  const { card, minutes } = drawn;
  drawn = null;
  stopChecking();
  unmark();
  if (minutes !== card.minutes) resize(card, minutes);
}

export function prepare() {
  for (const element of root.querySelectorAll("[data-card]")) element.draggable = true;
  for (const link of root.querySelectorAll("[data-card] a")) link.draggable = false;
}

export function startDragging() {
  root.addEventListener("dragstart", take);
  root.addEventListener("dragover", hold);
  root.addEventListener("dragend", leave);
  root.addEventListener("drop", letGo);
  root.addEventListener("pointerdown", grip);
  root.addEventListener("pointermove", draw);
  root.addEventListener("pointerup", drawnTo);
  root.addEventListener("pointercancel", () => { drawn = null; });
}

export const placeOf = (card) => (card.room ? told(card, card.room, card.start) : "at the side");
