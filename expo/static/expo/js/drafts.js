// What is typed into a review survives a closed tab. Drafts go to the server within seconds; what has not arrived there
// is kept in this browser: see kept.js.
import { clock, store, watched, when } from "./kept.js";

const WAIT = 3_000;
const RETRY = 10_000;
const TIMEOUT = 15_000;
const NOT_TYPED = new Set(["csrfmiddlewaretoken", "version"]);
const KEPT = "What you typed is kept in this browser.";

const typed = (data) => Object.fromEntries([...data].filter(([name]) => !NOT_TYPED.has(name) && name !== "do"));
const plain = (text) => (text ?? "").replace(/\r\n/g, "\n").trim();
const same = (a, b) => Object.keys({ ...a, ...b }).every((name) => plain(a[name]) === plain(b[name]));

function fill(form, values) {
  for (const control of form.elements) {
    if (!control.name || NOT_TYPED.has(control.name) || control.type === "submit") continue;
    if (control.type === "radio") control.checked = values[control.name] === control.value;
    else if (control.type === "checkbox") control.checked = control.name in values;
    else control.value = values[control.name] ?? "";
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function watch(form) {
  const key = form.dataset.draft;
  const sends = "autosave" in form.dataset;
  const line = form.querySelector("[data-save-state]");
  const values = () => typed(new FormData(form));
  let saved = "unsaved" in form.dataset ? null : values();
  let unanswered = null; // sent, but nobody knows whether it arrived: goes out again first, as it was
  let sending = null;
  let timer = null;
  let offered = false;
  let kept = true;
  let [closed, stopped, leaving] = [false, false, false];

  const dirty = () => saved === null || !same(values(), saved);

  function show(text, isWrong = false) {
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("is-wrong", isWrong);
  }

  function keep() {
    if (!offered && !closed) kept = store.write(key, { at: Date.now(), values: values() });
  }

  function plan(wait) {
    if (sends && !stopped && !closed && !timer && !sending) timer = setTimeout(send, wait);
  }

  function changed() {
    if (closed) return;
    keep();
    if (stopped) return;
    show(sends ? "Not saved yet" : "Not saved yet: press a button below");
    plan(WAIT);
  }

  function send(keepalive = false) {
    clearTimeout(timer);
    timer = null;
    sending ??= deliver(keepalive === true).finally(() => {
      sending = null;
      if (unanswered) plan(RETRY);
      else if (dirty() && !line.classList.contains("is-wrong")) plan(WAIT);
    });
    return sending;
  }

  async function deliver(keepalive) {
    const data = unanswered ?? new FormData(form);
    data.set("do", "autosave");
    data.set("version", form.elements.version.value);
    unanswered = data;
    let response;
    try {
      const signal = AbortSignal.timeout?.(TIMEOUT);
      response = await fetch(form.action, { method: "POST", body: data, redirect: "manual", signal, keepalive });
    } catch {
      show(navigator.onLine ? "Not saved yet: no connection" : "Not saved yet: offline", true);
      return;
    }
    if (response.status >= 500 || response.status === 429) {
      show("Not saved yet: the site does not answer. It will be tried again.", true);
      return;
    }
    unanswered = null;
    await (response.ok ? arrived(response, data) : refused(response));
  }

  async function arrived(response, data) {
    form.elements.version.value = (await response.json()).version;
    saved = typed(data);
    if (dirty()) return show("Not saved yet");
    if (!offered) store.remove(key);
    show(`Saved ${clock(new Date())}`);
  }

  async function refused(response) {
    const answer = await response.json().catch(() => null);
    stopped = response.status !== 422;
    const signedOut = `You are signed out. ${KEPT} Sign in and come back.`;
    const gone = `This review can no longer be saved from here. ${KEPT} Reload the page.`;
    show(`Not saved: ${answer?.message ?? (response.type === "opaqueredirect" ? signedOut : gone)}`, true);
  }

  function offer(found) {
    const box = document.querySelector("[data-draft-offer]");
    offered = true;
    box.querySelector("[data-at]").textContent = when(found.at);
    box.hidden = false;
    const answer = (selector, act) =>
      box.querySelector(selector).addEventListener("click", () => {
        offered = false;
        box.hidden = true;
        act();
        form.querySelector("input:not([type=hidden]), textarea").focus();
      });
    answer("[data-restore]", () => fill(form, found.values));
    answer("[data-discard]", () => {
      store.remove(key);
      if (dirty()) keep();
    });
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    clearTimeout(timer);
    timer = null;
    if (!sending && !unanswered && navigator.onLine) {
      leaving = true;
      return;
    }
    // Else the form would be behind the version that is on its way, or leave for a page that cannot be loaded.
    event.preventDefault();
    if (navigator.onLine) await (sending ?? send());
    if (unanswered || !navigator.onLine) {
      keep();
      show(`Not sent: no connection. ${KEPT} Press again once you are online.`, true);
      plan(RETRY);
      return;
    }
    leaving = true;
    form.requestSubmit(submitter);
  });
  addEventListener("online", () => {
    if (sends && !stopped && !closed && (unanswered || dirty())) send();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && sends && !stopped && !closed && !leaving && dirty()) send(true);
  });
  addEventListener("beforeunload", (event) => { if (!kept && !leaving && dirty()) event.preventDefault(); });

  watched.add({
    key,
    close() {
      if (sends && !stopped && !closed && dirty()) send(true);
      closed = true;
      show("You have signed out, so nothing more is saved here.", true);
    },
  });
  const found = store.read(key);
  if (saved === null) changed();
  else if (found && same(found.values, saved)) store.remove(key);
  else if (found) offer(found);
}

export function startDrafts(root) {
  for (const note of root.querySelectorAll("[data-saved-draft]")) store.remove(note.dataset.savedDraft);
  root.querySelectorAll("form[data-draft]").forEach(watch);
}
