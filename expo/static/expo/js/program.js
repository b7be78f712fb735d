// The public program: a star for each session, kept in this browser only, and the reader's own clock.
const tools = document.querySelector("[data-program]");
const planKey = `expo-plan:${tools.dataset.program}`;
const clockKey = "expo-program-clock";
const sessions = [...document.querySelectorAll("[data-code]")];
const sizes = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" };

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It then lasts for this page only.
  }
}

// --- My plan -------------------------------------------------------------------------------------------

function readPlan() {
  try {
    const codes = JSON.parse(stored(planKey) ?? "[]");
    return new Set(Array.isArray(codes) ? codes.map(String) : []);
  } catch {
    return new Set();
  }
}

let plan = readPlan();

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries(sizes)) svg.setAttribute(key, value);
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

function addStar(session) {
  const star = document.createElement("button");
  const title = session.querySelector("h3").textContent.trim();
  star.type = "button";
  star.className = "star";
  star.dataset.star = session.dataset.code;
  star.setAttribute("aria-label", `Keep in my plan: ${title}`);
  star.append(icon("star"));
  (session.querySelector(".stay") ?? session).append(star);
}

function showPlan() {
  for (const session of sessions) {
    session.classList.toggle("is-starred", plan.has(session.dataset.code));
  }
  for (const star of document.querySelectorAll("[data-star]")) {
    star.setAttribute("aria-pressed", String(plan.has(star.dataset.star)));
  }
  const toggle = tools.querySelector("[data-plan]");
  if (!toggle) return;
  toggle.querySelector("[data-plan-count]").textContent = plan.size;
  const only = toggle.getAttribute("aria-pressed") === "true";
  document.body.classList.toggle("plan-only", only);
  document.querySelector("[data-plan-empty]").hidden = !(only && plan.size === 0);
  const file = tools.querySelector("[data-plan-file]");
  file.hidden = plan.size === 0;
  file.href = `${tools.dataset.planAddress}?sessions=${[...plan].map(encodeURIComponent).join(",")}`;
}

if (!document.querySelector("[data-star]")) for (const session of sessions) addStar(session);
showPlan();
document.addEventListener("click", (event) => {
  const star = event.target.closest("[data-star]");
  if (star) {
    const code = star.dataset.star;
    if (!plan.delete(code)) plan.add(code);
    store(planKey, JSON.stringify([...plan]));
    showPlan();
  }
  const toggle = event.target.closest("[data-plan]");
  if (toggle) {
    toggle.setAttribute("aria-pressed", String(toggle.getAttribute("aria-pressed") !== "true"));
    showPlan();
  }
});
window.addEventListener("storage", (event) => {
  if (event.key !== planKey) return;
  plan = readPlan();
  showPlan();
});

// --- Venue time, or mine -------------------------------------------------------------------------------

const clocks = tools.querySelector("[data-clocks]");
const times = [...document.querySelectorAll("time[data-clock]")].map((element) => {
  const moment = new Date(element.dateTime);
  return { element, moment, venue: element.textContent };
});
const mine = tools.dataset.myZone || Intl.DateTimeFormat().resolvedOptions().timeZone;

function writer(zone) {
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  const atClock = new Intl.DateTimeFormat("en-GB", clock);
  const onDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: zone });
  const venueDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: tools.dataset.venueZone });
  // Another day than the venue's is named where a row begins.
  return ({ element, moment }) => {
    const day = onDay.format(moment);
    const isElsewhen = element.dataset.clock === "start" && day !== venueDay.format(moment);
    return isElsewhen ? `${day} ${atClock.format(moment)}` : atClock.format(moment);
  };
}

function showClock(choice) {
  const write = choice === "mine" ? writer(mine) : null;
  for (const time of times) time.element.textContent = write ? write(time) : time.venue;
  const zone = choice === "mine" ? mine : tools.dataset.venueZone;
  for (const note of document.querySelectorAll("[data-zone-note]")) note.textContent = `times below in ${zone}`;
  for (const button of clocks.querySelectorAll("[data-clock-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.clockChoice === choice));
  }
}

function startClocks() {
  const write = writer(mine);
  if (times.every((time) => write(time) === time.venue)) return;
  clocks.hidden = false;
  clocks.addEventListener("click", (event) => {
    const button = event.target.closest("[data-clock-choice]");
    if (!button) return;
    store(clockKey, button.dataset.clockChoice);
    showClock(button.dataset.clockChoice);
  });
  if (stored(clockKey) === "mine") showClock("mine");
}

if (clocks) startClocks();
