// What the timetable asks the server: does it fit, do it, has it changed, render it again.
const UNREACHABLE = "The server cannot be reached. Try again in a moment.";
const REJECTED = "The server did not accept this. Reload the page and try again.";

export const root = document.querySelector("[data-timetable]");
export const content = () => root.querySelector("[data-content]");

const joined = (lines) => lines.map((line) => line.text).join(" ");

// A check is sent after a short delay, and only the last answer counts.
let pending = null;
export function check(card, place, onAnswer) {
  clearTimeout(pending?.timer);
  pending?.abort.abort();
  const request = { abort: new AbortController() };
  pending = request;
  request.timer = setTimeout(async () => {
    const query = new URLSearchParams(place);
    try {
      const options = { headers: { Accept: "application/json" }, signal: request.abort.signal };
      const answer = await fetch(`${card.place}check/?${query}`, options);
      const data = await answer.json();
      if (!answer.ok) onAnswer({ fits: false, text: data.detail ?? UNREACHABLE });
      else if (data.fits) onAnswer({ fits: true, text: joined(data.effects) });
      else onAnswer({ fits: false, text: joined(data.reasons) });
    } catch (error) {
      if (error.name !== "AbortError") onAnswer({ fits: false, text: UNREACHABLE });
    }
  }, 120);
}

export function stopChecking() {
  clearTimeout(pending?.timer);
  pending?.abort.abort();
  pending = null;
}

// Do it. The version that was read is sent along, so that nobody's work is overwritten unseen.
export async function act(address, fields, version) {
  const headers = { Accept: "application/json", "X-CSRFToken": root.dataset.csrf };
  if (version) headers["If-Match"] = `"${version}"`;
  try {
    const body = new URLSearchParams(fields);
    const answer = await fetch(address, { method: "POST", headers, body, redirect: "manual" });
    const data = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.ok) return { ok: true, said: data.said };
    return { ok: false, code: data.code, said: data.detail ?? REJECTED };
  } catch {
    return { ok: false, said: UNREACHABLE };
  }
}

// The timetable as it is now, in place: scroll positions and the focus are kept.
export async function refresh(focusOn) {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const html = await answer.text();
  const toFocus = focusOn ?? selectorOf(document.activeElement);
  const scrolled = [...root.querySelectorAll(".scroll")].map((part) => [part.scrollLeft, part.scrollTop]);
  const keysOpen = root.querySelector("#keys")?.open;
  const { scrollX, scrollY } = window;
  root.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  root.querySelectorAll(".scroll").forEach((part, at) => {
    [part.scrollLeft, part.scrollTop] = scrolled[at] ?? [0, 0];
  });
  if (keysOpen) root.querySelector("#keys").open = true;
  scrollTo(scrollX, scrollY);
  root.dispatchEvent(new CustomEvent("rendered"));
  if (toFocus) (root.querySelector(toFocus) ?? root).focus({ preventScroll: true });
}

function selectorOf(element) {
  if (!element || !root.contains(element)) return null;
  const card = element.closest("[data-card]");
  if (card) return `[data-card][data-code="${card.dataset.code}"]`;
  const step = element.closest("[data-step]");
  return step ? `[data-step="${step.dataset.step}"] button` : "[data-card]";
}

// A sentence on the latest change by somebody else; null when there is none.
export async function fetchNews() {
  const { etag, entry } = content().dataset;
  const headers = { "If-None-Match": `"${etag}"`, Accept: "application/json" };
  const answer = await fetch(`${root.dataset.changes}?since=${entry}`, { headers, cache: "no-store" });
  return answer.status === 200 ? (await answer.json()).said || "The timetable has changed." : null;
}
