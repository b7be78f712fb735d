// Where things are in the grid: rooms are columns, starts are rows, a session covers its cells.
import { root } from "./server.js";

const later = (one, other) => one > other; // moments are written so that they sort as text

export const rooms = () => {
  const heads = [...root.querySelectorAll("th[data-column]")];
  const names = new Map(heads.map((head) => [head.dataset.column, head.dataset.name]));
  return [...names].map(([id, name]) => ({ id, name }));
};
export const starts = () => {
  const rows = [...root.querySelectorAll("tr[data-at]")];
  return rows.map((row) => ({ at: row.dataset.at, clock: row.dataset.clock }));
};
export const cards = () => [...root.querySelectorAll("[data-card]")];

// The cell that holds a moment in a room, whatever fills it.
export function cellAt(room, at) {
  const column = [...root.querySelectorAll(`td[data-room="${room}"]`)];
  return column.find((cell) => cell.dataset.start === at)
    ?? column.find((cell) => !later(cell.dataset.start, at) && later(cell.dataset.end, at));
}

// A card as plain values: it outlives the element when the grid is rendered again.
export function read(element) {
  const { code, session, version, minutes, shortest, longest, pinned } = element.dataset;
  const cell = element.closest("td");
  const home = root.dataset.home;
  return {
    code, session, version, url: session && `${home}sessions/${session}/`, place: `${home}place/${code}/`,
    minutes: Number(minutes), least: Number(shortest ?? 0), most: Number(longest ?? 0), isPinned: pinned !== undefined,
    title: element.querySelector("a")?.textContent ?? "", room: cell?.dataset.room, start: cell?.dataset.start,
  };
}

export const find = (card) => root.querySelector(`[data-card][data-code="${card.code}"]`);
export const cardIn = (cell) => cell?.querySelector("[data-card]");

export function clock(at, minutes = 0) {
  const start = root.querySelector(`tr[data-at="${at}"]`)?.dataset.clock;
  if (!start) return "";
  const [hour, minute] = start.split(":").map(Number);
  const end = (hour * 60 + minute + minutes) % 1440;
  return `${String(Math.floor(end / 60)).padStart(2, "0")}:${String(end % 60).padStart(2, "0")}`;
}

export function placeLabel(card, room, at) {
  const name = rooms().find((each) => each.id === room)?.name ?? "";
  return `${name}, ${clock(at)} to ${clock(at, card.minutes)}`;
}

const MARKS = ["is-target", "is-refused"];
export const currentPlace = (card) => (card.room ? placeLabel(card, card.room, card.start) : "unscheduled");

export function unmark() {
  for (const cell of root.querySelectorAll(".is-target, .is-refused")) cell.classList.remove(...MARKS);
  for (const verdict of root.querySelectorAll("[data-verdict]")) verdict.remove();
}

export function mark(cell) {
  unmark();
  cell?.classList.add("is-target");
}

// The reasons, in the cell they are about.
export function showVerdict(cell, verdict) {
  if (!cell) return;
  cell.classList.toggle("is-refused", !verdict.fits);
  cell.querySelector("[data-verdict]")?.remove();
  if (!verdict.text) return;
  const note = document.createElement("div");
  note.className = verdict.fits ? "verdict" : "verdict is-no";
  note.dataset.verdict = "";
  note.textContent = verdict.text;
  cell.append(note);
}
