// Roads by class, drawn tile by tile on canvas: a view asks only for the squares that it shows.
import { colour, onThemeChange } from "./colours.js";
import { fetchJson } from "./dom.js";

const SIZE = 512;
const UNIT = 1e6;
const ARROWS_FROM = 15;
const OPEN = 3;
const GATED = 1;

// Group of road -> its colour's name (of Okabe and Ito, told apart by colour-blind readers), width, dashes.
export const STYLES = {
  motorway: { colour: "road-motorway", width: 4.2 },
  trunk: { colour: "road-trunk", width: 3.8 },
  primary: { colour: "road-primary", width: 3.4 },
  secondary: { colour: "road-secondary", width: 3 },
  tertiary: { colour: "road-tertiary", width: 2.6 },
  local: { colour: "road-local", width: 1.8 },
  service: { colour: "road-service", width: 1.4 },
  track: { colour: "road-track", width: 1.6, dash: [7, 4] },
  path: { colour: "road-path", width: 1.6, dash: [2, 3] },
  ferry: { colour: "road-ferry", width: 2.4, dash: [10, 6] },
};
const RESTRICTED = { colour: "road-gap", dash: [3, 7] };
const ISLAND = { colour: "road-island" };
const LOCKED = { colour: "road-locked", dash: [2, 5] };

/** A layer of roads; `texts` counts what is left out, `groups` is the order of the server. */
export const RoadTiles = L.GridLayer.extend({
  options: { tileSize: SIZE, minZoom: 6, maxZoom: 19, zIndex: 5, className: "road-tiles", keepBuffer: 1, updateWhenZooming: false },

  initialize(url, groups, options) {
    L.setOptions(this, options);
    this._url = url;
    this._groups = groups;
    this._hidden = new Set();
    this._data = new Map();
    this._asked = new Map();
    this.on("tileunload", ({ coords }) => {
      const key = this._tileCoordsToKey(coords);
      this._asked.get(key)?.abort();
      this._asked.delete(key);
      this._data.delete(key);
    });
  },

  createTile(coords, done) {
    const canvas = L.DomUtil.create("canvas");
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = canvas.height = SIZE * ratio;
    this._ask(coords)
      .then((tile) => {
        this._data.set(this._tileCoordsToKey(coords), tile);
        this._paint(canvas, tile, coords.z);
        done(null, canvas);
        this.fire("tiledata");
      })
      .catch((error) => {
        done(error, canvas);
        if (error.name !== "AbortError") this.fire("failed", { error });
      });
    return canvas;
  },

  /** Show or hide a group of roads. */
  toggle(group, shown) {
    if (shown) this._hidden.delete(group);
    else this._hidden.add(group);
    this.repaint();
  },

  /** Paint what was fetched once more. */
  repaint() {
    for (const [key, { el, coords }] of Object.entries(this._tiles)) {
      if (this._data.has(key)) this._paint(el, this._data.get(key), coords.z);
    }
  },

  /** How many roads the tiles on the map left out. */
  leftOut() {
    return [...this._data.values()].reduce((sum, tile) => sum + tile.left_out, 0);
  },

  /** The road nearest to a position within so many pixels, or null. */
  nearest(latlng, within) {
    const zoom = this._tileZoom;
    const at = L.CRS.EPSG3857.latLngToPoint(latlng, zoom);
    let best = null;
    for (const [key, tile] of this._data) {
      const [x, y, z] = key.split(":").map(Number);
      if (z !== zoom) continue;
      const spot = { x: at.x - x * SIZE, y: at.y - y * SIZE };
      if (spot.x < -within || spot.y < -within || spot.x > SIZE + within || spot.y > SIZE + within) continue;
      for (const road of tile.roads) {
        if (this._hidden.has(road.group)) continue;
        const away = awayFrom(spot, road.path);
        if (away <= within && (!best || away < best.away)) best = { away, road };
      }
    }
    return best?.road ?? null;
  },

  async _ask(coords) {
    const key = this._tileCoordsToKey(coords);
    const abort = new AbortController();
    this._asked.set(key, abort);
    const url = L.Util.template(this._url, { x: coords.x, y: coords.y, z: coords.z - 1 });
    const raw = await fetchJson(url, { signal: abort.signal });
    this._asked.delete(key);
    const scale = (256 * 2 ** coords.z) / 360;
    const project = (lon, lat) => ({ x: (lon + 180) * scale - coords.x * SIZE, y: mercator(lat, coords.z) - coords.y * SIZE });
    return {
      left_out: raw.left_out,
      roads: raw.roads.map(([row, group, passage, level, island, name, steps]) => ({
        row,
        group: this._groups[group],
        passage,
        level,
        island: Boolean(island),
        name: raw.names[name],
        path: walk(steps, project),
        line: walk(steps, (lon, lat) => [lat, lon]),
      })),
      dropped: raw.dropped.map((steps) => ({ path: walk(steps, project) })),
      barriers: raw.barriers.map(([lon, lat, kind, level]) => ({ ...project(lon / UNIT, lat / UNIT), kind, level })),
      turns: raw.turns.map(([lon, lat, heading, turn, only]) => ({ ...project(lon / UNIT, lat / UNIT), heading, turn, only })),
    };
  },

  _paint(canvas, tile, zoom) {
    const pen = canvas.getContext("2d");
    const ratio = canvas.width / SIZE;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, SIZE, SIZE);
    pen.lineJoin = pen.lineCap = "round";
    const factor = Math.min(2.6, Math.max(0.55, 0.55 + (zoom - 10) * 0.17));
    const shown = tile.roads.filter(({ group }) => !this._hidden.has(group));
    if (!this._hidden.has("island")) {
      for (const piece of tile.dropped) {
        stroke(pen, piece, { ...ISLAND, width: STYLES.local.width * factor + 6 });
        stroke(pen, piece, { colour: STYLES.local.colour, width: STYLES.local.width * factor });
      }
    }
    if (zoom >= 13) for (const road of shown) stroke(pen, road, { colour: "road-edge", width: STYLES[road.group].width * factor + 2.2 });
    for (const road of shown) {
      const { colour: name, width, dash } = STYLES[road.group];
      if (road.island && !this._hidden.has("island")) stroke(pen, road, { ...ISLAND, width: width * factor + 6 });
      stroke(pen, road, { colour: name, width: width * factor, dash });
      if (zoom >= 13 && road.level < OPEN) {
        const mark = road.level <= GATED ? LOCKED : RESTRICTED;
        stroke(pen, road, { ...mark, width: Math.max(1.2, width * factor * 0.55) });
      }
    }
    if (zoom >= ARROWS_FROM) for (const road of shown) if (road.passage === 1 || road.passage === 2) arrows(pen, road);
    for (const barrier of tile.barriers) drawBarrier(pen, barrier);
    for (const turn of tile.turns) drawTurn(pen, turn);
  },
});

/** A small drawing of a group's line, for the legend. */
export function lineMark(style) {
  return drawing((pen) => stroke(pen, LEVEL, { ...style, width: style.width + 0.6 }));
}

/** A small drawing of a sign, for the legend. */
export function signMark(sign) {
  return drawing((pen) => {
    if (sign === "gate" || sign === "toll_booth") drawBarrier(pen, { ...MIDDLE, kind: sign, level: OPEN });
    else if (sign.endsWith("_turn")) drawTurn(pen, { ...MIDDLE, heading: null, turn: "left", only: sign === "only_turn" });
    else if (sign !== "island") stroke(pen, LEVEL, { colour: STYLES.local.colour, width: 5 });
    if (sign === "island") {
      stroke(pen, LEVEL, { ...ISLAND, width: 9 });
      stroke(pen, LEVEL, { colour: STYLES.local.colour, width: 2.4 });
    }
    if (sign === "oneway") arrowHead(pen, MIDDLE.x, MIDDLE.y, 0);
    if (sign === "restricted") stroke(pen, LEVEL, { ...RESTRICTED, width: 2 });
    if (sign === "gated") stroke(pen, LEVEL, { ...LOCKED, width: 2.4 });
  });
}

const MIDDLE = { x: 15, y: 9 };
const LEVEL = { path: [{ x: 2, y: 9 }, { x: 28, y: 9 }] };

function drawing(draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 36, className: "line-drawing" });
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  const paint = () => {
    pen.clearRect(0, 0, 30, 18);
    draw(pen);
  };
  paint();
  onThemeChange(paint);
  return canvas;
}

function mercator(lat, zoom) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 256 * 2 ** zoom * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
}

/** Positions out of steps in millionths of a degree. */
export function walk(steps, make) {
  const points = [];
  let lon = 0;
  let lat = 0;
  for (let n = 0; n < steps.length; n += 2) {
    lon += steps[n];
    lat += steps[n + 1];
    points.push(make(lon / UNIT, lat / UNIT));
  }
  return points;
}

function stroke(pen, { path }, { colour: name, width, dash = [] }) {
  pen.beginPath();
  path.forEach(({ x, y }, n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.strokeStyle = colour(name);
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
}

function arrows(pen, { path, passage }) {
  const every = 84;
  let left = every / 2;
  for (let n = 1; n < path.length; n += 1) {
    const [a, b] = [path[n - 1], path[n]];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const angle = Math.atan2(b.y - a.y, b.x - a.x) + (passage === 2 ? Math.PI : 0);
    while (left <= length) {
      const share = left / length;
      arrowHead(pen, a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, angle);
      left += every;
    }
    left -= length;
  }
}

function arrowHead(pen, x, y, angle) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(angle);
  pen.beginPath();
  pen.moveTo(-4, -4);
  pen.lineTo(4, 0);
  pen.lineTo(-4, 4);
  pen.setLineDash([]);
  pen.strokeStyle = colour("mark-edge");
  pen.lineWidth = 4.4;
  pen.stroke();
  pen.strokeStyle = colour("road-sign");
  pen.lineWidth = 1.8;
  pen.stroke();
  pen.restore();
}

function drawBarrier(pen, { x, y, kind, level }) {
  pen.save();
  pen.translate(x, y);
  pen.setLineDash([]);
  pen.fillStyle = colour("card");
  pen.strokeStyle = colour("road-sign");
  pen.lineWidth = 1.4;
  pen.beginPath();
  pen.rect(-8, -5, 16, 10);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour(kind === "toll_booth" ? "road-motorway" : level <= GATED ? "road-ban" : "road-primary");
  if (kind === "toll_booth") pen.fillRect(-6, -3, 12, 6);
  else for (const left of [-6, -1, 4]) pen.fillRect(left, -3, 3, 6);
  pen.restore();
}

const TURNS = { straight: 0, slight_left: -45, left: -90, sharp_left: -135, slight_right: 45, right: 90, sharp_right: 135, u_turn: 180 };

/** A sign on the right-hand side before the junction, as the driver sees it. */
function drawTurn(pen, { x, y, heading, turn, only }) {
  const way = heading === null ? null : (heading * Math.PI) / 180;
  const [dx, dy] = way === null ? [0, 0] : [-22 * Math.cos(way) + 11 * Math.sin(way), 22 * Math.sin(way) + 11 * Math.cos(way)];
  pen.save();
  pen.translate(x + dx, y + dy);
  pen.setLineDash([]);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.arc(0, 0, 7.6, 0, 2 * Math.PI);
  pen.fillStyle = colour(only ? "bar" : "card");
  pen.fill();
  pen.lineWidth = 1.8;
  pen.strokeStyle = colour(only ? "on-bar" : "road-ban");
  pen.stroke();
  pen.strokeStyle = colour(only ? "on-bar" : "road-sign");
  pen.lineWidth = 1.6;
  const turned = ((TURNS[turn] ?? 0) * Math.PI) / 180;
  const [ex, ey] = turn === "u_turn" ? [-3, 3] : [4 * Math.sin(turned), -4 * Math.cos(turned) + 0.5];
  pen.beginPath();
  if (turn === "u_turn") {
    pen.moveTo(2.5, 4);
    pen.lineTo(2.5, -1.5);
    pen.arc(-0.2, -1.5, 2.7, 0, Math.PI, true);
    pen.lineTo(ex, ey);
  } else {
    pen.moveTo(0, 4);
    pen.lineTo(0, 0.5);
    pen.lineTo(ex, ey);
  }
  pen.stroke();
  const tip = turn === "u_turn" ? Math.PI / 2 : turned - Math.PI / 2;
  pen.beginPath();
  for (const side of [2.5, -2.5]) {
    pen.moveTo(ex, ey);
    pen.lineTo(ex + 2.6 * Math.cos(tip + side), ey + 2.6 * Math.sin(tip + side));
  }
  pen.stroke();
  if (!only) {
    pen.strokeStyle = colour("road-ban");
    pen.beginPath();
    pen.moveTo(-5, -5);
    pen.lineTo(5, 5);
    pen.stroke();
  }
  pen.restore();
}

function awayFrom(spot, path) {
  let least = Infinity;
  for (let n = 1; n < path.length; n += 1) {
    const [a, b] = [path[n - 1], path[n]];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const size = dx * dx + dy * dy;
    const share = size ? Math.min(1, Math.max(0, ((spot.x - a.x) * dx + (spot.y - a.y) * dy) / size)) : 0;
    least = Math.min(least, Math.hypot(spot.x - a.x - share * dx, spot.y - a.y - share * dy));
  }
  return least;
}
