// The review form under the hand: digits choose the level of the criterion that has the focus, the arrows up and down go
// to the criterion before and after, the bar counts what is scored, and "All levels" stays as it was left.
const UNFOLDED = "expo-all-levels";

const boxes = (group) => [...group.querySelectorAll("input[type=radio]")];
const chosen = (group) => boxes(group).find((box) => box.checked);

function remembered() {
  try {
    return localStorage.getItem(UNFOLDED);
  } catch {
    return null;
  }
}

function remember(open) {
  try {
    localStorage.setItem(UNFOLDED, open ? "yes" : "no");
  } catch {
    // Then it lasts for this page only.
  }
}

function choose(group, digit) {
  const box = boxes(group).find((each) => each.value === digit);
  if (!box || box.matches(":disabled")) return false;
  box.focus();
  if (!box.checked) box.click();
  return true;
}

function go(group) {
  if (group) (chosen(group) ?? boxes(group)[0]).focus();
}

function press(event, groups) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const group = event.target.closest(".field")?.querySelector("[data-levels]");
  const at = groups.indexOf(group);
  if (at < 0) return;
  if (event.key === "ArrowDown") go(groups[at + 1]);
  else if (event.key === "ArrowUp") go(groups[at - 1]);
  else if (!/^\d$/.test(event.key) || !choose(group, event.key)) return;
  event.preventDefault();
}

function start(form) {
  const groups = [...form.querySelectorAll("[data-levels]")];
  const progress = form.querySelector("[data-scored]");
  const folds = form.querySelectorAll("[data-unfold]");
  const before = remembered();
  for (const fold of folds) {
    if (before) fold.open = before === "yes";
    fold.querySelector("summary").addEventListener("click", () => remember(!fold.open));
  }
  form.addEventListener("keydown", (event) => press(event, groups));
  form.addEventListener("input", () => {
    if (progress) progress.textContent = groups.filter(chosen).length;
  });
}

document.querySelectorAll("form.review-form").forEach(start);
