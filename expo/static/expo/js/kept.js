// What is typed and has not arrived at the server is kept in this browser, by person and form, until it has arrived,
// until it is discarded, or until that person signs out.
const channel = "BroadcastChannel" in window ? new BroadcastChannel("expo-drafts") : null;

// Forms that keep something: each with its `key` and `close()`, called when the person signs out.
export const watched = new Set();

export const store = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, kept) {
    try {
      localStorage.setItem(key, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Then nothing was kept either.
    }
  },
  removeAll(prefix) {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
    } catch {
      // Then nothing was kept either.
    }
  },
};

export const clock = (moment) => moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

export function when(milliseconds) {
  const moment = new Date(milliseconds);
  if (moment.toDateString() === new Date().toDateString()) return `at ${clock(moment)}`;
  return `on ${moment.toLocaleDateString("en-GB", { day: "numeric", month: "long" })} at ${clock(moment)}`;
}

function signOut(prefix) {
  for (const each of watched) if (each.key.startsWith(prefix)) each.close();
  store.removeAll(prefix);
}

document.addEventListener("submit", (event) => {
  const prefix = event.target.dataset.forgetDrafts;
  if (!prefix) return;
  signOut(prefix);
  channel?.postMessage(prefix);
});
channel?.addEventListener("message", (event) => signOut(event.data));
