// The review under the hand: digits choose a level and go on to the next criterion, letters submit it and lead to the
// next proposal, the bar counts what is scored, and "All levels" stays as it was left. Whatever a key does, a button
// or a link does too. Keys that act on the whole page can be turned off; none acts while somebody types.
const UNFOLDED = "expo-all-levels";
const KEYS = "expo-review-keys";

const boxes = (group) => [...group.querySelectorAll("input[type=radio]")];
const chosen = (group) => boxes(group).find((box) => box.checked);
const typing = (element) => element.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it lasts for this page only.
  }
}

function go(group) {
  if (!group) return;
  (chosen(group) ?? boxes(group)[0]).focus();
  group.closest(".field").scrollIntoView({ block: "nearest" });
}

function start(form) {
  const groups = [...form.querySelectorAll("[data-levels]")];
  const progress = form.querySelector("[data-scored]");
  const keys = document.querySelector("#keys");
  const toggle = keys?.querySelector("[data-keys-on]");
  const isClosed = form.querySelector("fieldset").disabled;
  let changed = "unsaved" in form.dataset;

  const say = (words) => { form.querySelector("[data-save-state]").textContent = words; };

  function choose(group, digit) {
    const box = boxes(group).find((each) => each.value === digit);
    if (!box) return false;
    box.focus();
    if (!box.checked) box.click();
    go(groups[groups.indexOf(group) + 1]);
    return true;
  }

  function submit() {
    const missing = groups.find((group) => !chosen(group));
    if (missing) {
      go(missing);
      say(`No level yet for “${missing.closest("fieldset").querySelector("legend").firstChild.textContent.trim()}”`);
    } else (form.querySelector("[value=submit-next]") ?? form.querySelector("[value=submit]")).click();
  }

  // What was typed is saved on the way; what has not changed needs no saving.
  function next() {
    const save = form.querySelector("[value=next]");
    if (changed && save) save.click();
    else if (navigator.onLine) location.assign(form.dataset.next);
    else say("No connection: the next proposal cannot be loaded yet");
  }

  // Of the criterion that has the focus; where nothing in the form has it, of the first without a level.
  function current(target) {
    const field = target.closest(".field");
    if (form.contains(field)) return groups.find((group) => field.contains(group));
    return form.contains(target) ? undefined : (groups.find((group) => !chosen(group)) ?? groups[0]);
  }

  function ofCriterion(key, group) {
    if (/^[1-9]$/.test(key)) return choose(group, key);
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[key];
    const to = step && groups[groups.indexOf(group) + step];
    go(to);
    return Boolean(to);
  }

  const letters = {
    s: () => !isClosed && (submit(), true),
    n: () => (next(), true),
    c: () => !isClosed && (form.elements.for_sponsor.focus(), true),
    "?": () => {
      keys.open = !keys.open;
      keys.querySelector("summary").focus();
      return true;
    },
  };

  function press(event) {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey) {
      if (key !== "Enter" || isClosed || !form.contains(target)) return;
      submit();
    } else if (typing(target)) {
      if (key !== "Escape" || !form.contains(target)) return;
      go(groups.at(-1));
    } else {
      const isOff = toggle && !toggle.checked;
      const group = isClosed || (isOff && !target.closest("[data-levels]")) ? undefined : current(target);
      const isArrowElsewhere = key.startsWith("Arrow") && !form.contains(target);
      const isDone = (group && !isArrowElsewhere && ofCriterion(key, group)) || (!isOff && letters[key]?.());
      if (!isDone) return;
    }
    event.preventDefault();
  }

  for (const fold of form.querySelectorAll("[data-unfold]")) {
    const before = remembered(UNFOLDED);
    if (before) fold.open = before === "yes";
    fold.querySelector("summary").addEventListener("click", () => remember(UNFOLDED, fold.open ? "no" : "yes"));
  }
  if (toggle) {
    toggle.checked = remembered(KEYS) !== "off";
    toggle.addEventListener("change", () => remember(KEYS, toggle.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", press);
  form.addEventListener("input", () => {
    changed = true;
    if (progress) progress.textContent = groups.filter(chosen).length;
  });
}

document.querySelectorAll("form.review-form").forEach(start);
