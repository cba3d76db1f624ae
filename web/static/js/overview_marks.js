// How cases look on the overview: colours by what is asked for, dots, clusters.
import { element } from "./dom.js";
import { markBox, onPress, textMark } from "./shell.js";

const OTHER = "var(--muted-mark)";

export const COLOURS = {
  grade: {
    none: "var(--grade-none)",
    red: "var(--grade-red)",
    white: "var(--grade-white)",
    black: "var(--grade-black)",
  },
  kind: {
    wages: "var(--kind-wages)",
    support: "var(--kind-support)",
    injury: "var(--kind-injury)",
    loan: "var(--kind-loan)",
    bank: "var(--kind-bank)",
    lease: "var(--kind-lease)",
    sale: "var(--kind-sale)",
    eviction: "var(--kind-eviction)",
    administrative: "var(--kind-administrative)",
    other: "var(--kind-other)",
  },
  age: {
    half_year: "var(--age-half-year)",
    year: "var(--age-year)",
    two_years: "var(--age-two-years)",
    five_years: "var(--age-five-years)",
    older: "var(--age-older)",
  },
  step: {
    visit: "var(--step-visit)",
    call: "var(--step-call)",
    confirm: "var(--step-confirm)",
    locate: "var(--step-locate)",
    ask: "var(--step-ask)",
    basis: "var(--step-basis)",
    spare: "var(--step-spare)",
    wait: "var(--step-wait)",
    closed: "var(--step-closed)",
  },
  precision: {
    door: "var(--precision-door)",
    interpolated: "var(--precision-interpolated)",
    poi: "var(--precision-poi)",
    road: "var(--precision-road)",
    village: "var(--precision-village)",
    township: "var(--precision-township)",
    county: "var(--precision-county)",
    none: "var(--precision-none)",
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
