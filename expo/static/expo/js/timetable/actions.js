// What a chair can do, each one call to the server; afterwards the timetable is rendered anew.
import { act, content, refresh } from "./server.js";
import { cardIn, read } from "./grid.js";
import { confirmInline, refuse, say } from "./messages.js";

let performing = 0;
export const isPerforming = () => performing > 0;

// The success message comes after the change is on screen.
async function perform(card, address, fields) {
  performing += 1;
  try {
    const result = await act(address, fields, card?.version);
    const outdated = OUTDATED.includes(result.code);
    if (result.ok || outdated) await refresh(card && `[data-card][data-code="${card.code}"]`).catch(() => {});
    if (result.ok) say(result.said);
    else refuse(result.said);
    return result.ok;
  } finally {
    performing -= 1;
  }
}

const OUTDATED = ["stale", "session-gone", "already-placed", "changed-since"];

export const place = (card, room, start) => perform(card, card.url ?? card.place, { room, starts_at: start });
export const unplace = (card) => perform(card, `${card.url}unplace/`, {});
export const pin = (card) => perform(card, `${card.url}pin/`, card.isPinned ? {} : { pinned: "on" });
export const resize = (card, minutes) => perform(card, `${card.url}resize/`, { minutes });

export async function swap(card, other) {
  const uneven = card.minutes !== other.minutes;
  const question = `“${card.title}” takes ${card.minutes} minutes, “${other.title}” ${other.minutes}.`;
  if (uneven && !await confirmInline(question, "Swap places", "Cancel")) return false;
  return perform(card, `${card.url}swap/`, { other: `${other.session}-${other.version}` });
}

// Dropped on a cell: onto another session means swapping places with it.
export async function drop(card, cell) {
  const other = cardIn(cell);
  if (other?.dataset.code === card.code) return false;
  if (other && card.session) return swap(card, read(other));
  return place(card, cell.dataset.room, cell.dataset.start);
}

export async function submitStep(form) {
  const fields = { step: form.elements.step.value };
  return perform(null, form.action, fields);
}

export const stepForm = (direction) => content().querySelector(`[data-step="${direction}"]`);
