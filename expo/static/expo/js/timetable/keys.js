// By keyboard: the same actions. One card is a tab stop; arrows go from card to card, or carry the one picked up.
import { root, stopChecking } from "./server.js";
import { cardIn, cards, cellAt, currentPlace, find, mark, placeLabel, read, rooms, starts, unmark } from "./grid.js";
import { checkPlace } from "./drag.js";
import { drop, pin, resize, stepForm, swap, unplace } from "./actions.js";
import { refuse, say } from "./messages.js";

let picked = null; // {card, room, at}
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const isCarrying = () => picked !== null;

function pick(card) {
  const first = cards().find((each) => each.closest("td"));
  const room = card.room ?? first?.closest("td").dataset.room ?? rooms()[0]?.id;
  picked = { card, room, at: onGrid(card.start) ?? starts()[0]?.at };
  find(card)?.classList.add("is-dragging");
  show(`Picked up “${card.title}”. Arrows move it, Enter puts it down, Escape cancels.`);
}

const onGrid = (at) => starts().find((start) => start.at === at)?.at;

function show(before = "") {
  const { card, room, at } = picked;
  const cell = cellAt(room, at);
  mark(cell);
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const place = placeLabel(card, room, at);
  if (!cell) {
    say(`${before} ${place}: not open.`);
    return;
  }
  checkPlace(card, cell, (verdict, isSwap) => {
    const other = isSwap && `taken by “${read(cardIn(cell)).title}”, S swaps them${verdict.fits ? "" : "? No"}.`;
    const free = verdict.fits ? "it fits." : "";
    say(`${before} ${place}: ${other || free} ${verdict.text}`.trim());
    before = "";
  }, at);
}

function carry([across, down]) {
  const [columns, rows] = [rooms(), starts()];
  const column = columns.findIndex((room) => room.id === picked.room) + across;
  const row = rows.findIndex((start) => start.at === picked.at) + down;
  picked.room = columns[Math.min(columns.length - 1, Math.max(0, column))].id;
  picked.at = rows[Math.min(rows.length - 1, Math.max(0, row))].at;
  show();
}

function end() {
  if (picked) find(picked.card)?.classList.remove("is-dragging");
  picked = null;
  stopChecking();
  unmark();
}

function cancel() {
  const { card } = picked;
  end();
  say(`“${card.title}” stays ${card.room ? `in ${currentPlace(card)}` : currentPlace(card)}.`);
}

async function putDown() {
  const { card, room, at } = picked;
  const cell = cellAt(room, at);
  end();
  const target = { dataset: { room, start: at }, querySelector: () => null };
  const other = cardIn(cell);
  if (other && other.dataset.code !== card.code && card.session) {
    const title = read(other).title;
    refuse(`“${title}” is scheduled there. Press S to swap places with it, or put this one elsewhere.`);
  } else if (!(other && other.dataset.code === card.code && cell.dataset.start === at)) await drop(card, target);
}

async function swapPlaces() {
  const other = cardIn(cellAt(picked.room, picked.at));
  const { card } = picked;
  if (!other || !card.session || other.dataset.code === card.code) {
    say("There is no session under it to swap places with.");
    return;
  }
  end();
  await swap(card, read(other));
}

function changeLength(card, by) {
  const minutes = Math.min(card.most, Math.max(card.least, card.minutes + by));
  if (!card.session || card.least === card.most) say(`The length of “${card.title}” is fixed by its format.`);
  else if (minutes === card.minutes) say(`Its format allows ${card.least} to ${card.most} minutes.`);
  else resize(card, minutes);
}

const WITH_PICKED = {
  Enter: putDown,
  " ": putDown,
  Escape: cancel,
  s: swapPlaces,
  PageUp: () => changeDay(-1),
  PageDown: () => changeDay(1),
  b: () => { location.href = `${root.querySelector("[data-close]").href}?room=${picked.room}&starts_at=${picked.at}`; },
};

const WITH_FOCUSED = {
  Enter: pick,
  " ": pick,
  p: (card) => card.session && pin(card),
  Delete: (card) => card.session && unplace(card),
  Backspace: (card) => card.session && unplace(card),
  "+": (card) => changeLength(card, 5),
  "=": (card) => changeLength(card, 5),
  "-": (card) => changeLength(card, -5),
  o: (card) => { location.href = card.url ?? card.place; },
  s: (card) => {
    pick(card);
    say(`Picked up “${card.title}”. Go to the session to swap places with and press S.`);
  },
};

function changeDay(by) {
  const tabs = [...root.querySelectorAll("[data-day]")];
  const next = tabs[tabs.findIndex((tab) => tab.hasAttribute("aria-current")) + by];
  if (next) root.dispatchEvent(new CustomEvent("day", { detail: next.href }));
}

// The grid was rendered again under a carried card: the same clock time on the day that is shown now.
export function resumeCarrying() {
  if (!picked) return;
  const element = find(picked.card);
  if (element) picked.card = read(element);
  element?.classList.add("is-dragging");
  const time = picked.at?.slice(10);
  picked.at = onGrid(picked.at) ?? starts().find((start) => start.at.slice(10) === time)?.at ?? starts()[0]?.at;
  show();
}

function neighbour(element, [across, down]) {
  const box = (each) => each.getBoundingClientRect();
  const here = box(element);
  const ahead = (there) => (across ? (there.left - here.left) * across : (there.top - here.top) * down);
  const aside = (there) => (across ? Math.abs(there.top - here.top) : Math.abs(there.left - here.left));
  const others = cards().filter((each) => each !== element && ahead(box(each)) > 4);
  return others.sort((one, two) => ahead(box(one)) + 3 * aside(box(one)) - ahead(box(two)) - 3 * aside(box(two)))[0];
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (picked) {
    const action = ARROWS[key] ? () => carry(ARROWS[key]) : WITH_PICKED[key];
    if (!action) return;
    event.preventDefault();
    action();
    return;
  }
  const element = event.target.matches?.("[data-card]") ? event.target : null;
  if (!element) return;
  const next = ARROWS[key] && neighbour(element, ARROWS[key]);
  if (next) next.focus();
  else if (WITH_FOCUSED[key]) WITH_FOCUSED[key](read(element));
  else return;
  event.preventDefault();
}

function onUndoKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  if (event.target.closest?.("input, textarea, select")) return;
  event.preventDefault();
  const form = stepForm(event.shiftKey ? "redo" : "undo");
  if (form) form.requestSubmit();
  else say(event.shiftKey ? "There is nothing to redo." : "There is nothing of yours to undo.");
}

// One card is reached by Tab, its link after it; the others by arrows.
function makeTabStop(to) {
  for (const element of cards()) {
    element.tabIndex = element === to ? 0 : -1;
    for (const inner of element.querySelectorAll("a, button")) inner.tabIndex = element === to ? 0 : -1;
  }
}

export function prepare() {
  for (const element of cards()) {
    const card = read(element);
    element.setAttribute("role", "group");
    element.setAttribute("aria-roledescription", "session");
    element.setAttribute("aria-label", `${card.title}, ${currentPlace(card)}${card.isPinned ? ", pinned" : ""}`);
  }
  makeTabStop(cards()[0]);
}

export function startKeys() {
  root.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onUndoKey);
  root.addEventListener("focusin", (event) => {
    const card = event.target.closest("[data-card]");
    if (card) makeTabStop(card);
  });
}
