// How cases look on the overview: colours by what is asked for, dots, clusters.
import { colour } from "./colours.js";

const DOT = 7.5;
const RING = 5;
const CHOSEN = 3;
const STEM = 2.5;
const WEIGHT = 640;
const SIZE = 12;

const OTHER = "muted-mark";

// Code -> its colour's name.
export const COLOURS = {
  grade: {
    none: "grade-none",
    red: "grade-red",
    white: "grade-white",
    black: "grade-black",
  },
  kind: {
    wages: "kind-wages",
    support: "kind-support",
    injury: "kind-injury",
    loan: "kind-loan",
    bank: "kind-bank",
    lease: "kind-lease",
    sale: "kind-sale",
    eviction: "kind-eviction",
    administrative: "kind-administrative",
    other: "kind-other",
  },
  age: {
    half_year: "age-half-year",
    year: "age-year",
    two_years: "age-two-years",
    five_years: "age-five-years",
    older: "age-older",
  },
  step: {
    visit: "step-visit",
    call: "step-call",
    confirm: "step-confirm",
    locate: "step-locate",
    ask: "step-ask",
    basis: "step-basis",
    spare: "step-spare",
    wait: "step-wait",
    closed: "step-closed",
  },
  precision: {
    door: "precision-door",
    interpolated: "precision-interpolated",
    poi: "precision-poi",
    road: "precision-road",
    village: "precision-village",
    township: "precision-township",
    county: "precision-county",
    none: "precision-none",
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

/** The mark of a case: a dot. */
export function caseMark(one, by) {
  return { key: one.id, one, lat: one.lat, lon: one.lon, radius: DOT, title: one.number, tint: tintOf(by, one[by]) };
}

/** The mark of some cases together: a ring with a share for each of their codes. */
export function clusterMark([lon, lat, count, codes, box], by, title) {
  const shares = new Map();
  for (const [code, n] of codes) {
    const tint = tintOf(by, code);
    shares.set(tint, (shares.get(tint) ?? 0) + n / count);
  }
  const radius = Math.round(Math.min(26 + 3.8 * Math.log2(count), 60)) / 2;
  return { key: `${lon} ${lat} ${count}`, lat, lon, radius, title, shares: [...shares], text: short(count), box };
}

/** Paint a mark at a point of a canvas. */
export function paintMark(context, mark, { x, y }, { isChosen, family }) {
  disc(context, x, y + 1.5, mark.radius + 2, colour("shade-faint"));
  disc(context, x, y + 1, mark.radius + 1, colour("shade-faint"));
  if (mark.one) paintDot(context, mark, x, y, isChosen);
  else paintCluster(context, mark, x, y, family);
}

/** Paint the line from a place to the mark that stands aside of it. */
export function paintStem(context, { dx, dy, tint }, { x, y }) {
  for (const [width, name] of [[STEM + 2, "mark-edge"], [STEM, tint]]) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx, y + dy);
    context.lineWidth = width;
    context.strokeStyle = colour(name);
    context.stroke();
  }
}

function paintDot(context, { radius, tint }, x, y, isChosen) {
  disc(context, x, y, radius + (isChosen ? CHOSEN : 1), colour(isChosen ? "chosen" : "dot-ring"));
  disc(context, x, y, radius, colour("mark-edge"));
  disc(context, x, y, radius - 2, colour(tint));
}

function paintCluster(context, { radius, shares, text }, x, y, family) {
  let turned = -Math.PI / 2;
  for (const [tint, share] of shares) {
    const end = turned + 2 * Math.PI * share;
    context.beginPath();
    context.moveTo(x, y);
    context.arc(x, y, radius, turned, end);
    context.fillStyle = colour(tint);
    context.fill();
    turned = end;
  }
  disc(context, x, y, radius - RING, colour("card"));
  context.font = `${WEIGHT} ${SIZE}px ${family}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = colour("ink");
  context.fillText(text, x, y + SIZE * 0.36);
}

function disc(context, x, y, radius, fillStyle) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fillStyle;
  context.fill();
}

/** Ask for the font of the counts: a canvas does not. */
export function loadFont(family) {
  return document.fonts.load(`${WEIGHT} ${SIZE}px ${family}`, "0123456789k");
}

function tintOf(by, code) {
  return COLOURS[by][code] ?? OTHER;
}

/** A count that fits into a ring. */
function short(count) {
  return count < 10_000 ? String(count) : `${Math.round(count / 1000)}k`;
}
