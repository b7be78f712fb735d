// The verbs, each one call to the server; afterwards the desk is drawn as it then is.
import { act, desk, refresh } from "./server.js";
import { cardIn, read } from "./grid.js";
import { ask, refuse, say } from "./words.js";

let doing = 0;
export const isDoing = () => doing > 0;

// What was done is said when it can be seen.
async function does(card, address, fields) {
  doing += 1;
  try {
    const done = await act(address, fields, card?.version);
    const outdated = OUTDATED.includes(done.code);
    if (done.ok || outdated) await refresh(card && `[data-card][data-code="${card.code}"]`).catch(() => {});
    if (done.ok) say(done.said);
    else refuse(done.said);
    return done.ok;
  } finally {
    doing -= 1;
  }
}

const OUTDATED = ["stale", "session-gone", "already-placed", "changed-since"];

export const put = (card, room, start) => does(card, card.url ?? card.place, { room, starts_at: start });
export const park = (card) => does(card, `${card.url}unplace/`, {});
export const pin = (card) => does(card, `${card.url}pin/`, card.isPinned ? {} : { pinned: "on" });
export const resize = (card, minutes) => does(card, `${card.url}resize/`, { minutes });

export async function swap(card, other) {
  const uneven = card.minutes !== other.minutes;
  const question = `“${card.title}” takes ${card.minutes} minutes, “${other.title}” ${other.minutes}.`;
  if (uneven && !await ask(question, "Change places", "Leave them")) return false;
  return does(card, `${card.url}swap/`, { other: `${other.session}-${other.version}` });
}

// Let go over a cell: onto another session means changing places with it.
export async function drop(card, cell) {
  const other = cardIn(cell);
  if (other?.dataset.code === card.code) return false;
  if (other && card.session) return swap(card, read(other));
  return put(card, cell.dataset.room, cell.dataset.start);
}

export async function step(form) {
  const fields = { step: form.elements.step.value };
  return does(null, form.action, fields);
}

export const stepForm = (way) => desk().querySelector(`[data-step="${way}"]`);
