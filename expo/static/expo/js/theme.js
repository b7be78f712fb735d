// Runs before the first paint, so that a chosen theme never flashes; everything else waits in app.js.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("expo-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // A browser that forbids storage follows the system's theme.
  }
})();
