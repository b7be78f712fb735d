// What the page says, on screen and to screen readers.
const dock = document.querySelector("[data-dock]");

export function say(text) {
  const line = dock.querySelector("[data-status]");
  line.textContent = text;
  if (text) clearRefusals();
}

function clearRefusals() {
  dock.querySelector("[data-refusals]").replaceChildren();
}

export function refuse(sentence) {
  dock.querySelector("[data-status]").textContent = "";
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

// A question on the page itself, with the focus on its answer; resolves to true or false.
export function confirmInline(question, yes, no) {
  const line = dock.querySelector("[data-status]");
  const focused = document.activeElement;
  clearRefusals();
  line.textContent = `${question} `;
  return new Promise((resolve) => {
    const resolveWith = (value) => {
      line.textContent = "";
      dock.removeEventListener("keydown", onKey);
      focused?.focus({ preventScroll: true });
      resolve(value);
    };
    const onKey = (event) => { if (event.key === "Escape") resolveWith(false); };
    const choices = [[yes, true, "button small primary"], [no, false, "button small"]];
    const buttons = choices.map(([label, value, className]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = className;
      button.textContent = label;
      button.addEventListener("click", () => resolveWith(value));
      return button;
    });
    line.append(buttons[0], " ", buttons[1]);
    dock.addEventListener("keydown", onKey);
    buttons[0].focus();
  });
}
