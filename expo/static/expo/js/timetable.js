// Drag a session onto a free cell: it sends what the form on the session's page sends, and shows the same refusal.
const desk = document.querySelector("[data-timetable]");
const board = document.querySelector("[data-refusals]");
let dragged = null;

const movable = (target) => target.closest?.("[data-move], [data-place]");
const cellAt = (target) => target.closest?.("td[data-room]");

function refuse(sentence) {
  const notice = document.createElement("div");
  notice.className = "notice danger";
  const title = document.createElement("p");
  title.className = "notice-title";
  title.textContent = "It stays where it is";
  const text = document.createElement("div");
  text.textContent = sentence;
  notice.append(title, text);
  board.replaceChildren(notice);
  board.scrollIntoView({ block: "nearest" });
}

function sentenceIn(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const lines = [...page.querySelectorAll("main .notice.danger li")].map((line) => line.textContent.trim());
  return lines.join(" ") || "The server did not take this. Reload the page and try again.";
}

async function send(slot, cell) {
  const fields = new URLSearchParams({ room: cell.dataset.room, starts_at: cell.dataset.start });
  if (slot.dataset.version) fields.set("version", slot.dataset.version);
  const headers = { "X-CSRFToken": desk.dataset.csrf };
  const answer = await fetch(slot.dataset.move ?? slot.dataset.place, { method: "POST", headers, body: fields, redirect: "manual" });
  if (answer.type === "opaqueredirect") location.reload();
  else refuse(sentenceIn(await answer.text()));
}

function over(event) {
  const cell = cellAt(event.target);
  for (const marked of desk.querySelectorAll(".is-target")) marked.classList.toggle("is-target", marked === cell);
  if (!dragged || !cell) return;
  event.preventDefault();
  cell.classList.add("is-target");
}

function drop(event) {
  const cell = cellAt(event.target);
  if (!dragged || !cell) return;
  event.preventDefault();
  send(dragged, cell).catch(() => refuse("The server is out of reach. Try again in a moment."));
}

if (desk) {
  for (const slot of desk.querySelectorAll("[data-move], [data-place]")) slot.draggable = true;
  desk.addEventListener("dragstart", (event) => {
    dragged = movable(event.target);
    dragged?.classList.add("is-dragging");
    event.dataTransfer.setData("text/plain", dragged?.querySelector("a")?.textContent ?? "");
  });
  desk.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragging");
    for (const marked of desk.querySelectorAll(".is-target")) marked.classList.remove("is-target");
    dragged = null;
  });
  desk.addEventListener("dragover", over);
  desk.addEventListener("drop", drop);
}
