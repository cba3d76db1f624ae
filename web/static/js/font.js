// The court's own font for a desk: a megabyte, so the first page, mostly that of the sign-in, does without
// it and has it fetched into the browser's cache; from the next page on it is there for the first paint.
// Phones keep their own font. A desk that has none for Chinese gets the court's at once.

const COMMON = 24; // the last parts of the font hold Latin and the letters that are used most
const YEAR_S = 31_536_000;
const page = document.documentElement;
const styles = new URL("../vendor/noto-sans-sc/index.css", import.meta.url);

if (page.dataset.font === "late" && matchMedia("(width >= 720px)").matches) {
  if (!hasOwnFont()) show();
  if (document.readyState === "complete") whenIdle();
  else addEventListener("load", whenIdle, { once: true });
}

/** Whether the device draws two letters as two pictures: without a font, both are the same box. */
function hasOwnFont() {
  const context = Object.assign(document.createElement("canvas"), { width: 32, height: 32 }).getContext("2d", { willReadFrequently: true });
  context.font = "24px sans-serif";
  const [one, other] = ["\u4e00", "\u56fd"].map((letter) => {
    context.clearRect(0, 0, 32, 32);
    context.fillText(letter, 2, 26);
    return context.getImageData(0, 0, 32, 32).data.join();
  });
  return one !== other;
}

function show() {
  document.head.prepend(Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles.href }));
  page.dataset.font = "kept";
}

function whenIdle() {
  requestIdleCallback(() => fetchParts().catch((error) => console.warn(error)));
}

/** Fetch the parts that the page's text and most texts need; nothing of the page changes. */
async function fetchParts() {
  const sheet = await new CSSStyleSheet().replace(await (await fetch(styles, { priority: "low" })).text());
  const codes = new Set([...document.body.textContent].map((letter) => letter.codePointAt(0)));
  const rules = [...sheet.cssRules];
  const wanted = rules.filter(({ style }, n) => n >= rules.length - COMMON || holdsAny(style.getPropertyValue("unicode-range"), codes));
  for (const { style } of wanted) {
    const [, name] = style.getPropertyValue("src").match(/url\("?([^")]+)"?\)/);
    await (await fetch(new URL(name, styles), { priority: "low" })).arrayBuffer();
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
