// How cases look on the overview: colours by what is asked for, dots, clusters.
import { element } from "./dom.js";
import { markBox, onPress, textMark } from "./shell.js";

const OTHER = "var(--muted-mark)";

export const COLOURS = {
  grade: named("grade", ["none", "red", "white", "black"]),
  kind: named("kind", ["wages", "support", "injury", "loan", "bank", "lease", "sale", "eviction", "administrative", "other"]),
  age: named("age", ["half_year", "year", "two_years", "five_years", "older"]),
  step: named("step", ["visit", "call", "confirm", "locate", "ask", "basis", "spare", "wait", "closed"]),
  precision: named("precision", ["door", "interpolated", "poi", "road", "village", "township", "county", "none"]),
};
export const VOCABULARY = {
  grade: "grade",
  kind: "case_kind",
  age: "case_age",
  step: "case_step",
  precision: "precision",
};

/** The colours of codes by their names in the style sheet. */
function named(by, codes) {
  return Object.fromEntries(codes.map((code) => [code, `var(--${by}-${code.replaceAll("_", "-")})`]));
}

/** Rows of a table of the server as objects. */
export function casesOf({ fields, rows }) {
  return rows.map((row) => Object.fromEntries(fields.map((name, n) => [name, row[n]])));
}

/** A dot for a case; it is painted when it comes onto the map. */
export function caseMark(one, page) {
  const mark = textMark({ lat: one.lat, lon: one.lon, className: "dot", size: 15, title: one.number });
  mark.one = one;
  onPress(mark, () => page.choose(one));
  mark.on("add", () => paint(mark, page));
  return mark;
}

/** Give a dot its colour, and its ring where its case is chosen. */
export function paint(mark, page) {
  const box = markBox(mark);
  if (!box) return;
  box.style.setProperty("--tint", colourOf(page.colour(), mark.one[page.colour()]));
  box.classList.toggle("dot--chosen", mark.one.id === page.chosen());
}

function colourOf(by, code) {
  return COLOURS[by][code] ?? OTHER;
}

/** The icon of some cases together: a ring with a share for each of their codes. */
export function clusterIcon(by, counts, count) {
  const shares = new Map();
  for (const [code, n] of counts) {
    const colour = colourOf(by, code);
    shares.set(colour, (shares.get(colour) ?? 0) + n);
  }
  let turned = 0;
  const parts = [...shares].map(([colour, n]) => {
    const start = turned;
    turned += (360 * n) / count;
    return `${colour} ${start}deg ${turned}deg`;
  });
  const size = Math.round(Math.min(26 + 3.8 * Math.log2(count), 60));
  const box = element("div", { className: "cluster" }, element("b", {}, short(count)));
  box.style.width = box.style.height = `${size}px`;
  box.style.setProperty("--mix", `conic-gradient(${parts.join(", ")})`);
  return L.divIcon({ html: box, className: "mark-frame", iconSize: [size, size] });
}

/** A count that fits into a ring. */
function short(count) {
  return count < 10_000 ? String(count) : `${Math.round(count / 1000)}k`;
}
