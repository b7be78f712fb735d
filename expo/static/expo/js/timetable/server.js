// What the timetable asks the server: would it fit, do it, is it still so, draw it again.
const OUT_OF_REACH = "The server is out of reach. Try again in a moment.";

export const root = document.querySelector("[data-timetable]");
export const desk = () => root.querySelector("[data-desk]");

const words = (lines) => lines.map((line) => line.text).join(" ");

// A check is asked once it has been wanted for a moment, and only the last answer counts.
let asked = null;
export function check(card, place, tell) {
  clearTimeout(asked?.timer);
  asked?.abort.abort();
  const mine = { abort: new AbortController() };
  asked = mine;
  mine.timer = setTimeout(async () => {
    const query = new URLSearchParams(place);
    try {
      const answer = await fetch(`${card.place}check/?${query}`, { headers: { Accept: "application/json" }, signal: mine.abort.signal });
      const found = await answer.json();
      if (!answer.ok) tell({ fits: false, text: found.detail ?? OUT_OF_REACH });
      else if (found.fits) tell({ fits: true, text: words(found.effects) });
      else tell({ fits: false, text: words(found.reasons) });
    } catch (error) {
      if (error.name !== "AbortError") tell({ fits: false, text: OUT_OF_REACH });
    }
  }, 120);
}

export function stopChecking() {
  clearTimeout(asked?.timer);
  asked?.abort.abort();
  asked = null;
}

// Do it. The version that was seen goes along, so that nobody's work is overwritten unseen.
export async function act(address, fields, version) {
  const headers = { Accept: "application/json", "X-CSRFToken": root.dataset.csrf };
  if (version) headers["If-Match"] = `"${version}"`;
  try {
    const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
    const found = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    return answer.ok ? { ok: true, said: found.said } : { ok: false, code: found.code, said: found.detail ?? "The server did not take this. Reload the page and try again." };
  } catch {
    return { ok: false, said: OUT_OF_REACH };
  }
}

// The desk as it is now, in place: what was scrolled stays scrolled, what had the focus gets it back.
export async function refresh(focusOn) {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const html = await answer.text();
  const kept = focusOn ?? keyOf(document.activeElement);
  const scrolled = [...root.querySelectorAll(".scroll")].map((part) => [part.scrollLeft, part.scrollTop]);
  const keys = root.querySelector("#keys")?.open;
  const { scrollX, scrollY } = window;
  root.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  root.querySelectorAll(".scroll").forEach((part, at) => { [part.scrollLeft, part.scrollTop] = scrolled[at] ?? [0, 0]; });
  if (keys) root.querySelector("#keys").open = true;
  scrollTo(scrollX, scrollY);
  root.dispatchEvent(new CustomEvent("drawn"));
  if (kept) (root.querySelector(kept) ?? root).focus({ preventScroll: true });
}

function keyOf(element) {
  if (!element || !root.contains(element)) return null;
  const card = element.closest("[data-card]");
  if (card) return `[data-card][data-code="${card.dataset.code}"]`;
  const step = element.closest("[data-step]");
  return step ? `[data-step="${step.dataset.step}"] button` : "[data-card]";
}

export async function changed() {
  const { etag, entry } = desk().dataset;
  const answer = await fetch(`${root.dataset.changes}?since=${entry}`, { headers: { "If-None-Match": `"${etag}"`, Accept: "application/json" }, cache: "no-store" });
  return answer.status === 200 ? (await answer.json()).said || "The timetable has changed." : null;
}
