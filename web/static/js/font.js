// The court's own font for a desk: a megabyte, so the first page does without it and has it fetched into
// the browser's cache; from the next page on it is there for the first paint. Phones keep their own font.

const YEAR_S = 31_536_000;
const page = document.documentElement;

if (page.dataset.font === "late" && matchMedia("(width >= 720px)").matches) {
  if (document.readyState === "complete") whenIdle();
  else addEventListener("load", whenIdle, { once: true });
}

function whenIdle() {
  requestIdleCallback(() => fetchParts().catch((error) => console.warn(error)));
}

/** Fetch the parts of the font that the page's text needs; nothing of the page changes. */
async function fetchParts() {
  const from = new URL("../vendor/noto-sans-sc/index.css", import.meta.url);
  const sheet = await new CSSStyleSheet().replace(await (await fetch(from, { priority: "low" })).text());
  const codes = new Set([...document.body.textContent].map((letter) => letter.codePointAt(0)));
  const parts = [...sheet.cssRules].filter(({ style }) => holdsAny(style.getPropertyValue("unicode-range"), codes));
  for (const { style } of parts) {
    const [, name] = style.getPropertyValue("src").match(/url\("?([^")]+)"?\)/);
    await (await fetch(new URL(name, from), { priority: "low" })).arrayBuffer();
  }
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${page.dataset.fontCookie}=kept; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
}

/** Whether a range such as `U+4e00-4e0f, U+4e11` holds one of these codes. */
function holdsAny(range, codes) {
  const spans = range.split(",").map((span) => span.trim().slice(2).split("-").map((code) => parseInt(code, 16)));
  return spans.some(([first, last = first]) => {
    for (let code = first; code <= last; code++) if (codes.has(code)) return true;
    return false;
  });
}
