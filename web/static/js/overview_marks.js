// How cases look on the overview: colours by what is asked for, dots, clusters.
import { element } from "./dom.js";
import { markBox, onPress, textMark } from "./shell.js";

const OTHER = "#78838f";

export const COLOURS = {
  grade: { none: "#4f83bd", red: "#c22f25", white: "#8d99a5", black: "#17212b" },
  kind: {
    wages: "#c2410c",
    support: "#be185d",
    injury: "#9f1239",
    loan: "#4f83bd",
    bank: "#1b4f8a",
    lease: "#0f766e",
    sale: "#65801b",
    eviction: "#7b3f98",
    administrative: "#8a6d1d",
    other: OTHER,
  },
  age: { half_year: "#8fc1e3", year: "#4f83bd", two_years: "#2f5f9e", five_years: "#6a3d8f", older: "#3d1a4f" },
  step: {
    visit: "#1d6b45",
    call: "#4d9a55",
    confirm: "#b98a18",
    locate: "#cf6f1e",
    ask: "#b23b3b",
    basis: "#7f1d1d",
    spare: "#be185d",
    wait: "#8d99a5",
    closed: "#4a5560",
  },
  precision: {
    door: "#1d6b45",
    interpolated: "#4d9a55",
    poi: "#4f83bd",
    road: "#b98a18",
    village: "#cf6f1e",
    township: "#b23b3b",
    county: "#7f1d1d",
    none: OTHER,
  },
};
export const VOCABULARY = {
  grade: "grade",
  kind: "case_kind",
  age: "case_age",
  step: "case_step",
  precision: "precision",
};

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
