// Stations and checkpoints stand beside the clusters, so that no number is hidden.
import { markBox } from "./shell.js";

const NEAR_PX = 18; // from a place to the middle of its mark
const AWAY_PX = [NEAR_PX, 30, 42, 56, 70, 90, 110];
const HALF_PX = 13; // of a mark, with its edge
const UP = { dx: 0, dy: -NEAR_PX };
const EIGHTH = Math.PI / 4;
const TURNS = [0, 1, 2, -1, -2, 3, -3, 4]; // in eighths, from above: nearest to above first
const PLACES = [
  UP,
  ...AWAY_PX.flatMap((away) => TURNS.map((turn) => ({ dx: away * Math.sin(turn * EIGHTH), dy: -away * Math.cos(turn * EIGHTH) }))),
];
const NUMBER_PX = 11; // from the middle of a cluster to the end of its number
const COSTS = { number: 6, fixed: 4, ring: 2, dot: 1 };

/** Let each of these markers stand where it covers least of the marks; returns stems that lead to their places. */
export function standClear(map, markers, marks) {
  const at = ({ lat, lng, lon = lng }) => map.latLngToLayerPoint([lat, lon]);
  const discs = marks.flatMap((mark) => {
    const { x, y } = at(mark);
    const whole = { x, y, radius: mark.radius, cost: mark.box ? COSTS.ring : COSTS.dot };
    return mark.box ? [whole, { x, y, radius: NUMBER_PX, cost: COSTS.number }] : [whole];
  });
  const reach = AWAY_PX.at(-1) + 2 * HALF_PX;
  const boxes = [];
  const stems = [];
  for (const marker of markers) {
    const box = markBox(marker);
    if (!box) continue;
    const { x, y } = at(marker.getLatLng());
    const near = discs.filter((disc) => Math.hypot(disc.x - x, disc.y - y) < reach + disc.radius);
    const cost = ({ dx, dy }) => {
      const middle = { x: x + dx, y: y + dy };
      const covered = near.filter((disc) => covers(middle, disc)).reduce((sum, disc) => sum + disc.cost, 0);
      return covered + COSTS.fixed * boxes.filter((other) => touches(middle, other)).length;
    };
    const best = near.length || boxes.length ? cheapest(cost) : UP;
    boxes.push({ x: x + best.dx, y: y + best.dy });
    stand(marker, box, best);
    if (best !== UP) stems.push({ at: marker.getLatLng(), ...best, tint: marker.options.stem });
  }
  return stems;
}

function cheapest(cost) {
  let found = UP;
  let least = Infinity;
  for (const place of PLACES) {
    const here = cost(place);
    if (here < least) [found, least] = [place, here];
    if (least === 0) break;
  }
  return found;
}

function stand(marker, box, { dx, dy }) {
  const isUp = dx === UP.dx && dy === UP.dy;
  box.classList.toggle("mark--aside", !isUp);
  box.style.translate = isUp ? "" : `${dx}px ${dy - UP.dy}px`;
  const tip = marker.getTooltip();
  if (tip) tip.options.offset = L.point(dx, dy - HALF_PX);
}

function covers(middle, { x, y, radius }) {
  const off = (value) => Math.max(Math.abs(value) - HALF_PX, 0);
  return Math.hypot(off(x - middle.x), off(y - middle.y)) < radius;
}

function touches(one, other) {
  return Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) < 2 * HALF_PX;
}
