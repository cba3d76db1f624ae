// Colours for a canvas, which knows no custom properties. Everything else says `var(--name)`.

const known = new Map();
document.addEventListener("themechange", () => known.clear());

/** The colour of this name as the page shows it now. */
export function colour(name) {
  if (!known.has(name)) known.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return known.get(name);
}

/** The name of the theme that the page shows now. */
export function theme() {
  return getComputedStyle(document.documentElement).colorScheme === "dark" ? "dark" : "light";
}

/** Draw again whenever the page turns light or dark. */
export function onThemeChange(draw) {
  document.addEventListener("themechange", draw);
}
