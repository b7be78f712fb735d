// A proposal is saved while it is typed, field by field, beside others who write it too. What has not arrived is kept in
// this browser (kept.js). Rows, such as presenters, are one field; they are sent once the focus has left them.
import { clock, store, watched, when } from "./kept.js";

const WAIT = 2_000;
const RETRY = 5_000;
const LOOK = 30_000;
const TIMEOUT = 15_000;
const TOAST = 6_000;
const NOT_TYPED = new Set(["csrfmiddlewaretoken", "version", "form_key", "sponsor", "page", "asked", "dirty", "outline-adds-up"]);
const COUNTS = /-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/;
const ROWS = { presenter: "presenters", outline: "outline", links: "links" };
const FIRST = new Set(["format", "track"]); // alone they are no proposal yet
const OFFLINE = "Not saved: no connection. Trying again; your text stays here.";

const fieldOf = (name) => ROWS[name.match(/^([a-z]+)-\d+-/)?.[1]] ?? name;
const isRows = (field) => Object.values(ROWS).includes(field);

// By field, what the controls say: empty ones and counts of rows left out.
function values(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (NOT_TYPED.has(name) || COUNTS.test(name) || typeof value !== "string" || value.trim() === "") continue;
    (found[fieldOf(name)] ??= []).push([name, value.replace(/\r\n/g, "\n")]);
  }
  return found;
}

const text = (pairs) => JSON.stringify(pairs ?? []);
const differing = (a, b) => [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => text(a[name]) !== text(b[name]));

function controls(form, field) {
  return [...form.elements].filter((each) => each.name && fieldOf(each.name) === field && !NOT_TYPED.has(each.name));
}

const boxOf = (form, field) => (
  isRows(field) ? form.querySelector(`#${field}`) : controls(form, field)[0]?.closest(".field, fieldset")
);

function start(form) {
  const line = form.querySelector("[data-save-state]");
  form.elements.page.value ||= crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  let key = form.dataset.keep;
  let url = form.dataset.autosave;
  let known = "unsaved" in form.dataset ? {} : values(form);
  let timer = null;
  let sending = null;
  let [stopped, closed, leaving, offered, isKept, isOffline] = [false, false, false, false, true, false];
  let note = "";
  const held = new Map(); // field → its box with both texts
  const refused = new Map(); // field → what was refused, and why

  const isNew = () => form.dataset.new !== undefined;
  const dirty = () => differing(values(form), known);

  function unsent(all) {
    const now = values(form);
    const fields = differing(now, known).filter((field) => (
      !held.has(field) && refused.get(field)?.text !== text(now[field])
      && (all || !isRows(field) || fieldOf(document.activeElement?.name ?? "") !== field)
    ));
    return isNew() && fields.every((field) => FIRST.has(field)) ? [] : fields;
  }

  // What only passes by is not read out: it would be after every few words.
  function show(words, isWrong = false, isPassing = false) {
    line.setAttribute("aria-live", isPassing ? "off" : "polite");
    if (line.textContent !== words) line.textContent = words;
    line.classList.toggle("is-wrong", isWrong);
  }

  function showState() {
    const now = values(form);
    for (const [field, each] of refused) if (each.text !== text(now[field])) refused.delete(field);
    if (isOffline && dirty().length) show(OFFLINE, true);
    else if (held.size) show("Not saved: somebody else changed the same field. Choose which text to keep.", true);
    else if (refused.size) show(`Not saved: ${[...refused.values()][0].why}`, true);
    else if (unsent(true).length) show("Saving…", false, true);
    else if (!dirty().length) show(note || `Saved at ${clock(new Date())}`);
  }

  function keep() {
    const fields = dirty();
    if (!offered && !closed) {
      if (fields.length === 0) store.remove(key);
      else {
        const now = values(form);
        isKept = store.write(key, { at: Date.now(), values: Object.fromEntries(fields.map((name) => [name, now[name] ?? []])) });
      }
    }
    if (isKept) form.dataset.kept = "";
    else delete form.dataset.kept;
  }

  function plan(wait) {
    if (!stopped && !closed && !timer) timer = setTimeout(send, wait);
  }

  function changed() {
    keep();
    showState();
    if (unsent(true).length) plan(WAIT);
  }

  function send(all = false, keepalive = false) {
    clearTimeout(timer);
    timer = null;
    sending ??= deliver(all === true, keepalive).finally(() => {
      sending = null;
      if (isOffline) plan(RETRY);
      else if (unsent(false).length) plan(WAIT);
    });
    return sending;
  }

  // Until nothing more can be sent; says whether everything is saved.
  async function flush() {
    for (let turn = 0; turn < 3 && !stopped && (sending || unsent(true).length); turn += 1) {
      await (sending ?? send(true));
      if (isOffline) break;
    }
    return !stopped && dirty().length === 0;
  }

  async function deliver(all, keepalive) {
    const fields = unsent(all);
    const sent = values(form);
    const data = fields.length || isNew() ? new FormData(form) : new FormData();
    if (!fields.length) {
      if (isNew()) return;
      data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      data.set("page", form.elements.page.value);
    }
    if (!isNew()) data.set("version", form.elements.version.value);
    for (const field of fields) data.append("dirty", field);
    let response;
    try {
      const signal = AbortSignal.timeout?.(TIMEOUT);
      const headers = { Accept: "application/json" };
      response = await fetch(url, { method: "POST", body: data, headers, redirect: "manual", signal, keepalive });
      isOffline = response.status >= 500 || response.status === 429;
    } catch {
      isOffline = true;
    }
    if (isOffline) {
      if (dirty().length) showState();
      return;
    }
    const answer = await response.json().catch(() => null);
    await (response.ok && answer ? arrived(answer, sent, fields) : turnedDown(response, answer, sent, fields));
  }

  async function arrived(answer, sent, fields) {
    note = answer.note;
    for (const field of answer.saved) {
      if (field in sent) known[field] = sent[field];
      else delete known[field];
    }
    for (const [field, why] of Object.entries(answer.refused)) refused.set(field, { text: text(sent[field]), why });
    for (const each of answer.held) showHeld(each);
    if (answer.made) begun(answer.made);
    const theirs = answer.theirs.filter((each) => each.name !== "approval");
    if (theirs.length === 0 || await take(theirs)) form.elements.version.value = answer.version;
    if ("approved" in answer) setApproval(answer.approved);
    if (answer.saved.length && !document.querySelector("#checks details[open]")) {
      document.dispatchEvent(new CustomEvent("expo:saved")); // the checks look again, unless a reason is being typed
    }
    keep();
    if (fields.length || theirs.length || line.classList.contains("is-wrong")) showState();
  }

  async function turnedDown(response, answer, sent, fields) {
    if (answer?.code === "left-team") return handBack();
    stopped = response.status !== 422;
    const keptHere = isKept ? " Your text is kept in this browser." : " Copy your text before you leave.";
    let why = answer?.message;
    if (response.type === "opaqueredirect") why = `You are signed out.${keptHere} Sign in and come back.`;
    else if (!why) why = `This proposal can no longer be saved from here.${keptHere} Reload the page.`;
    for (const field of fields) refused.set(field, { text: text(sent[field]), why });
    show(`Not saved: ${why}`, true);
  }

  // The first time makes the draft; from now on this page is the page of that draft.
  function begun(made) {
    delete form.dataset.new;
    store.remove(key);
    key = key.replace(/[^:]*$/, `proposal-${made.code}`);
    url = made.autosave;
    const version = Object.assign(document.createElement("input"), { type: "hidden", name: "version", value: made.version });
    form.prepend(version);
    history.replaceState(history.state, "", made.edit);
  }

  function setApproval(isApproved) {
    const box = form.elements.approve;
    if (!box || refused.has("approve") || dirty().includes("approve")) return;
    box.checked = isApproved;
    known = { ...known, approve: values(form).approve };
    if (!known.approve) delete known.approve;
  }

  // --- Two people ---

  // Puts others' words into this page; says whether it could. What is being typed here is left alone.
  async function take(edits) {
    const mine = dirty();
    for (const { name } of edits) {
      if (!held.has(name)) continue;
      held.get(name).remove(); // it changed again: ask again
      held.delete(name);
    }
    if (edits.some((each) => mine.includes(each.name))) {
      plan(0);
      return false;
    }
    const fresh = await freshForm();
    if (!fresh) return false;
    for (const edit of edits) {
      if (dirty().includes(edit.name)) return false;
      put(edit.name, fresh);
      mark(edit);
    }
    return true;
  }

  async function freshForm() {
    try {
      const response = await fetch(form.dataset.edit ?? location.pathname, { redirect: "manual" });
      if (!response.ok) return null;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      return page.querySelector("form[data-autosave]");
    } catch {
      return null;
    }
  }

  function put(field, fresh) {
    if (isRows(field)) {
      const [old, now] = [boxOf(form, field), fresh.querySelector(`#${field}`)];
      if (!old || !now) return;
      const focused = old.contains(document.activeElement) ? document.activeElement.name : "";
      const node = document.adoptNode(now);
      old.replaceWith(node);
      node.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: node } }));
      if (focused) form.elements[focused]?.focus();
    } else {
      for (const control of controls(form, field)) {
        const its = controls(fresh, field);
        if (["radio", "checkbox"].includes(control.type)) {
          control.checked = its.some((each) => each.value === control.value && each.checked);
        } else control.value = its[0]?.value ?? "";
        control.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    const now = values(form)[field];
    if (now) known[field] = now;
    else delete known[field];
  }

  function mark(edit) {
    const box = boxOf(form, edit.name);
    if (!box) return;
    box.querySelector(":scope > [data-changed-by]")?.remove();
    const words = document.createElement("p");
    words.className = "changed-by";
    words.dataset.changedBy = "";
    words.textContent = `${edit.by} changed this${edit.where} ${when(Date.parse(edit.at))}`;
    words.setAttribute("role", "status");
    const first = box.querySelector(":scope > legend");
    if (first) first.after(words);
    else box.prepend(words);
  }

  function showHeld(edit) {
    held.get(edit.name)?.remove();
    const box = document.createElement("div");
    box.innerHTML = edit.html;
    box.querySelector("[data-at]").textContent = when(Date.parse(edit.at));
    held.set(edit.name, box);
    (boxOf(form, edit.name) ?? line).before(box);
    const settle = (act) => async () => {
      if (!await act()) return;
      box.remove();
      held.delete(edit.name);
      (controls(form, edit.name).find((each) => each.type !== "hidden") ?? line).focus();
      keep();
      if (unsent(true).length) send(true);
      else showState();
    };
    box.querySelector("[data-mine]").addEventListener("click", settle(() => true));
    box.querySelector("[data-theirs]").addEventListener("click", settle(async () => {
      const fresh = await freshForm();
      if (!fresh) show(OFFLINE, true);
      else put(edit.name, fresh);
      return fresh !== null;
    }));
  }

  // The server draws a page from these words, because this one lacks something for them.
  function post(pairs) {
    leaving = true;
    const copy = document.createElement("form");
    copy.method = "post";
    for (const [name, value] of pairs) copy.append(Object.assign(document.createElement("textarea"), { name, defaultValue: value }));
    copy.hidden = true;
    document.body.append(copy);
    copy.submit();
  }

  // No longer in the team: the page that gives back what was typed, to copy.
  function handBack() {
    stopped = true;
    const now = values(form);
    const fields = dirty();
    const kept = ["csrfmiddlewaretoken", "sponsor"].filter((name) => form.elements[name]);
    post([
      ...kept.map((name) => [name, form.elements[name].value]),
      ...fields.flatMap((field) => [["dirty", field], ...(now[field] ?? [])]),
    ]);
  }

  // --- What an earlier page could not save ---

  function offer(found) {
    const box = form.querySelector("[data-keep-offer]");
    offered = true;
    box.querySelector("[data-at]").textContent = when(found.at);
    box.hidden = false;
    box.querySelector("[data-restore]").addEventListener("click", () => restore(found.values));
    box.querySelector("[data-discard]").addEventListener("click", () => {
      offered = false;
      box.hidden = true;
      store.remove(key);
      keep();
    });
  }

  function restore(kept) {
    const data = [...new FormData(form)].filter(([name]) => !(fieldOf(name) in kept));
    for (const pairs of Object.values(kept)) data.push(...pairs);
    for (const [prefix, field] of Object.entries(ROWS)) {
      const rows = (kept[field] ?? []).map(([name]) => Number(name.split("-")[1]) + 1);
      if (rows.length === 0) continue;
      const count = data.find(([name]) => name === `${prefix}-TOTAL_FORMS`);
      if (count) count[1] = String(Math.max(...rows, Number(count[1])));
    }
    post([...data, ["redraw", "1"]]);
  }

  // --- Buttons ---

  function toast() {
    const words = form.querySelector("[data-saved-toast]").content.firstElementChild.cloneNode(true);
    document.querySelector("[data-toasts]").replaceChildren(words);
    setTimeout(() => words.remove(), TOAST);
  }

  form.addEventListener("submit", async (event) => {
    if (leaving || stopped) return;
    const { submitter } = event;
    const isSave = !submitter?.hasAttribute("formaction");
    if (!isSave && !sending && !unsent(true).length) {
      leaving = true; // it draws the form again, from what is typed, and saves nothing
      return;
    }
    event.preventDefault();
    const isSaved = await flush();
    submitter?.removeAttribute("aria-busy");
    // A new form that is not sent yet has no more than a format: the server makes the draft, or says what is wrong.
    if (!isSave || isNew() || (isSaved && submitter?.name === "then")) {
      leaving = true;
      setTimeout(() => form.requestSubmit(submitter)); // a form ignores it while its own submit event is under way
    } else if (!isSaved) {
      showState();
      const field = [...held.keys(), ...refused.keys()][0];
      (held.get(field)?.querySelector("button") ?? controls(form, field ?? "")[0])?.focus();
    } else {
      showState();
      if (!note) toast();
    }
  });
  form.addEventListener("input", changed);
  form.addEventListener("focusout", () => { if (unsent(false).length) plan(WAIT); });
  addEventListener("online", () => { if (dirty().length) send(); });
  addEventListener("offline", () => {
    isOffline = true;
    if (dirty().length) showState();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && !stopped && !closed && !leaving && unsent(true).length) send(true, true);
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && !stopped && !closed && !sending && !isNew()) send();
  }, LOOK);
  watched.add({
    get key() {
      return key;
    },
    close() {
      if (!stopped && !closed && unsent(true).length) send(true, true);
      closed = true;
      show("You have signed out, so nothing more is saved here.", true);
    },
  });

  const found = store.read(key);
  const now = values(form);
  const isHere = found && Object.entries(found.values).every(([field, pairs]) => text(pairs) === text(now[field]));
  if (found && !isHere && !("unsaved" in form.dataset)) offer(found);
  else if (found && isHere && !dirty().length) store.remove(key);
  if (dirty().length) changed();
}

document.querySelectorAll("form[data-autosave]").forEach(start);
