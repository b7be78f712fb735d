// Where the server does not know the reader's time zone, write the reader's own clock beside the edition's.
const clock = { hour: "2-digit", minute: "2-digit", hour12: false };
const dated = { ...clock, day: "numeric", month: "short" };

const dayOf = (moment, zoneOffset) => new Date(moment.getTime() + zoneOffset * 60_000).toISOString().slice(0, 10);

function offsetOf(iso) {
  const found = /([+-])(\d\d):(\d\d)$/.exec(iso);
  if (!found) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3]));
}

export function startClocks(root) {
  for (const there of root.querySelectorAll('time[data-beside="ask"]')) {
    there.dataset.beside = "told";
    const moment = new Date(there.dateTime);
    const here = -moment.getTimezoneOffset();
    const edition = offsetOf(there.dateTime);
    if (Number.isNaN(moment.getTime()) || here === edition) continue;
    const sameDay = dayOf(moment, here) === dayOf(moment, edition);
    const note = document.createElement("span");
    note.className = "when-yours";
    note.textContent = ` (${moment.toLocaleString("en-GB", sameDay ? clock : dated)} your time)`;
    there.after(note);
  }
}
