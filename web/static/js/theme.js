// Light, dark, or as the device says. The choice stands in a cookie: the server's first paint is right.

const YEAR_S = 31_536_000;
const dark = document.getElementById("dark-colours");
const button = document.getElementById("theme");
const choices = JSON.parse(dark.dataset.media);
const names = Object.keys(choices);

show(kept());
button?.addEventListener("click", () => {
  const next = names[(names.indexOf(button.dataset.choice) + 1) % names.length];
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${dark.dataset.cookie}=${next}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  show(next);
});
for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", tell);

/** A page that was kept on the device may be older than the choice. */
function kept() {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${dark.dataset.cookie}=`));
  const name = found?.slice(dark.dataset.cookie.length + 1);
  return names.includes(name) ? name : "auto";
}

function show(choice) {
  if (button) {
    button.dataset.choice = choice;
    button.title = JSON.parse(button.dataset.names)[choice];
    button.setAttribute("aria-label", button.title);
  }
  if (dark.media === choices[choice]) return;
  dark.media = choices[choice];
  if (dark.sheet) tell();
  else dark.addEventListener("load", tell, { once: true });
}

/** What is drawn on a canvas does not change by itself. */
function tell() {
  document.dispatchEvent(new Event("themechange"));
}
