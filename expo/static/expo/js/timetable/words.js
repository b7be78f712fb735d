// What the page says to everybody, those who listen included.
const dock = document.querySelector("[data-dock]");

export function say(text) {
  const line = dock.querySelector("[data-say]");
  line.textContent = text;
  if (text) hush();
}

function hush() {
  dock.querySelector("[data-refusals]").replaceChildren();
}

export function refuse(sentence) {
  dock.querySelector("[data-say]").textContent = "";
  const notice = document.createElement("div");
  notice.className = "notice danger";
  const title = document.createElement("p");
  title.className = "notice-title";
  title.textContent = "It stays where it is";
  const text = document.createElement("div");
  text.textContent = sentence;
  notice.append(title, text);
  dock.querySelector("[data-refusals]").replaceChildren(notice);
}

// A question in place, with the focus on its answer; resolves to yes or no.
export function ask(sentence, yes, no) {
  const line = dock.querySelector("[data-say]");
  const back = document.activeElement;
  hush();
  line.textContent = `${sentence} `;
  return new Promise((resolve) => {
    const answer = (value) => {
      line.textContent = "";
      dock.removeEventListener("keydown", leave);
      back?.focus({ preventScroll: true });
      resolve(value);
    };
    const leave = (event) => { if (event.key === "Escape") answer(false); };
    const buttons = [[yes, true, "button small primary"], [no, false, "button small"]].map(([label, value, look]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = look;
      button.textContent = label;
      button.addEventListener("click", () => answer(value));
      return button;
    });
    line.append(buttons[0], " ", buttons[1]);
    dock.addEventListener("keydown", leave);
    buttons[0].focus();
  });
}
