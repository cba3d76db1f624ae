// The base map: local vector tiles drawn in a quiet style, so that the work stands out.
import STYLE from "./basemap_style.js";
import { colour, onThemeChange, theme } from "./colours.js";
import { Sheet } from "./map_sheet.js";

const FAMILY = getComputedStyle(document.body).fontFamily;
const SHAPES = { point: 1, line: 2, area: 3 };
const WIDER_FROM = 14; // zoom from which casings are wide
const NARROWEST = 20; // pixels of an area that holds its name
const APART = 320; // pixels between two names of one area
const TOGETHER_MS = 60; // tiles that come together are shown together

const PLAIN = { fill: "map-plain", casing: "map-plain" };

/** Whether this browser can draw the local base map. */
export function canDraw() {
  return typeof protomapsL !== "undefined" && document.createElement("canvas").getContext("2d") !== null;
}

/** Pictures of the local base map, in the page's theme. */
export function pictureBase(url) {
  const Pictures = L.TileLayer.extend({
    /** Half a zoom has no pictures of its own; Leaflet forgets that where a layer is drawn again. */
    _clampZoom(zoom) {
      return L.TileLayer.prototype._clampZoom.call(this, Math.round(zoom));
    },
  });
  const layer = new Pictures(url, { theme, minZoom: 8, maxZoom: 19, noWrap: true });
  onThemeChange(() => layer.redraw());
  return layer;
}

/**
 * The layer of the local base map; with `plainRoads` its roads lend no colour. It fires `tiledrawn`
 * and `tilebroken`.
 */
export function localBase(url, { plainRoads = false } = {}) {
  const fonts = new FontWatch();
  const style = () => ({ backgroundColor: colour("map-paper"), paintRules: paintRules(plainRoads), labelRules: labelRules(fonts) });
  const layer = protomapsL.leafletLayer({
    url,
    maxDataZoom: 15,
    attribution: "",
    ...style(),
    noWrap: true,
    className: "base-tiles",
  });
  onOneSheet(layer);
  const redraw = () => {
    layer.clearLayout();
    layer.rerenderTiles();
  };
  fonts.onLoaded = redraw;
  onThemeChange(() => {
    Object.assign(layer, style());
    redraw();
  });
  return layer;
}

/** Show a layer's tiles on one canvas; their own ones only hold what is painted. */
function onOneSheet(layer) {
  const place = ({ coords, el: tile }) => {
    const level = layer._levels[coords.z];
    const scale = layer._map.getZoomScale(layer._map.getZoom(), coords.z);
    const corner = (point) => level.origin.add(point).multiplyBy(scale).subtract(layer._map.getPixelOrigin()).round();
    return L.bounds(corner(tile._leaflet_pos), corner(tile._leaflet_pos.add(layer.getTileSize())));
  };
  const lay = (context, one) => {
    const { min, max } = place(one);
    context.drawImage(one.el, min.x, min.y, max.x - min.x, max.y - min.y);
  };
  const isPainted = ({ el: tile, loaded }) => loaded && tile.width > 0;
  const sheet = new Sheet({
    pane: "tilePane",
    opaque: true,
    paint: (context, { min, max }) => {
      context.fillStyle = layer.backgroundColor;
      context.fillRect(min.x, min.y, max.x - min.x, max.y - min.y);
      const far = ({ coords }) => Math.abs(coords.z - layer._tileZoom);
      const tiles = Object.values(layer._tiles).filter(isPainted);
      for (const one of tiles.sort((a, b) => far(b) - far(a))) lay(context, one);
    },
  });
  const fresh = new Set();
  const layFresh = () => {
    const tiles = [...fresh].map((key) => layer._tiles[key]).filter((one) => one && isPainted(one) && one.coords.z === layer._tileZoom);
    fresh.clear();
    if (layer._map && !layer._map._animatingZoom) sheet.paintWith((context) => tiles.forEach((one) => lay(context, one)));
  };
  const faulty = new WeakSet(); // places of tiles that were asked for, and cannot be read
  const broken = (coords) => (error) => {
    if (error.name !== "AbortError") {
      faulty.add(coords);
      layer.fire("tilebroken");
    }
    throw error;
  };
  for (const view of layer.views.values()) {
    const read = view.getDisplayTile;
    view.getDisplayTile = (coords) => read.call(view, coords).catch(broken(coords));
  }
  const render = layer.renderTile;
  layer.renderTile = async (coords, tile, key, done) => {
    await render.call(layer, coords, tile, key, done).catch(broken(coords));
    if (fresh.size === 0) setTimeout(layFresh, TOGETHER_MS);
    fresh.add(key);
    if (tile.width > 0 && !faulty.has(coords)) layer.fire("tiledrawn");
  };
  layer.on("add", () => sheet.addTo(layer._map));
  layer.on("remove", () => sheet.remove());
}

/** Loads the parts of the font that labels use; canvas text does not ask for them itself. */
class FontWatch {
  #seen = new Set();
  #waiting = "";
  #timer = null;
  onLoaded = () => {};

  ask(text) {
    for (const letter of text) {
      if (this.#seen.has(letter)) continue;
      this.#seen.add(letter);
      this.#waiting += letter;
    }
    if (this.#waiting && this.#timer === null) this.#timer = setTimeout(() => this.#load(), 150);
  }

  async #load() {
    const letters = this.#waiting;
    this.#waiting = "";
    this.#timer = null;
    if (document.fonts.check(`520 13px ${FAMILY}`, letters)) return;
    await document.fonts.load(`520 13px ${FAMILY}`, letters);
    this.onLoaded();
  }
}

function between(low, high) {
  return protomapsL.exp(1.7, [
    [8, low * 0.45],
    [12, low],
    [18, high],
  ]);
}

function paintRules(plainRoads) {
  const { PolygonSymbolizer, LineSymbolizer } = protomapsL;
  const { land, streams, buildings, casings, rail } = STYLE;
  const roads = STYLE.roads.map((road) => ({ ...road, ...(plainRoads ? PLAIN : {}), filter: isOf(road) }));
  return [
    {
      dataLayer: "landuse",
      symbolizer: new PolygonSymbolizer({ fill: (zoom, feature) => colour(land[feature?.props.kind] ?? "map-land") }),
    },
    { dataLayer: "water", symbolizer: new PolygonSymbolizer({ fill: colour("map-water") }), filter: isOf({ on: "area" }) },
    ...streams.map(({ kinds, low, high }) => ({
      dataLayer: "water",
      symbolizer: new LineSymbolizer({ color: colour("map-stream"), width: between(low, high), lineCap: "round", lineJoin: "round" }),
      filter: isOf({ kinds, on: "line" }),
    })),
    {
      dataLayer: "buildings",
      minzoom: buildings.from,
      symbolizer: new PolygonSymbolizer({ fill: colour("map-building"), stroke: colour("map-building-edge"), width: buildings.edge }),
    },
    ...roads.map(({ from, casing, low, high, filter }) => ({
      dataLayer: "roads",
      minzoom: Math.max(from, casings.from),
      symbolizer: new LineSymbolizer({
        color: colour(casing),
        width: (zoom) => between(low, high)(zoom) + (zoom < WIDER_FROM ? casings.low : casings.high),
        lineCap: "butt",
        lineJoin: "round",
      }),
      filter,
    })),
    ...roads.map(({ from, fill, low, high, filter }) => ({
      dataLayer: "roads",
      minzoom: from,
      symbolizer: new LineSymbolizer({ color: colour(fill), width: between(low, high), lineCap: "round", lineJoin: "round" }),
      filter,
    })),
    {
      dataLayer: "rail",
      minzoom: rail.from,
      symbolizer: new LineSymbolizer({ color: colour("map-rail"), width: between(rail.low, rail.high) }),
    },
    {
      dataLayer: "rail",
      minzoom: rail.dash_from,
      symbolizer: new LineSymbolizer({
        color: colour("map-rail-dash"),
        width: 0,
        dash: [rail.dash, rail.dash],
        dashColor: colour("map-rail-dash"),
        dashWidth: between(rail.dash_low, rail.dash_high),
      }),
    },
  ];
}

function labelRules(fonts) {
  const { CenteredTextSymbolizer, LineLabelSymbolizer } = protomapsL;
  const name = (zoom, feature) => {
    fonts.ask(String(feature?.props.name ?? ""));
    return ["name"];
  };
  const writes = {
    point: (text) => new CenteredTextSymbolizer(text),
    line: (text) => new LineLabelSymbolizer(text),
    area: (text) => new AreaName(new CenteredTextSymbolizer(text)),
  };
  return STYLE.labels.map((label) => ({
    dataLayer: label.layer,
    minzoom: label.from,
    maxzoom: label.to,
    symbolizer: writes[label.on]({
      labelProps: name,
      font: `${label.weight} ${label.size}px ${FAMILY}`,
      fill: colour(label.colour),
      stroke: colour("map-halo"),
      width: 2 * STYLE.halo,
    }),
    filter: (zoom, feature) => Boolean(feature.props.name) && isOf(label)(zoom, feature),
    sort: (a, b) => (a.rank ?? 99) - (b.rank ?? 99),
  }));
}

/** Whether a feature is one of a rule's kinds, shape and rank; a rule may leave them open. */
function isOf({ kinds = [], on = "", rank }) {
  return (zoom, { props, geomType }) =>
    (kinds.length === 0 || kinds.includes(props.kind)) && (!on || geomType === SHAPES[on]) && (rank === undefined || props.rank === rank);
}

/** Writes an area's name inside it, once where it lies in several tiles. */
class AreaName {
  #writes;

  constructor(writes) {
    this.#writes = writes;
  }

  place(layout, geom, feature) {
    const [from, to, y] = widest(geom);
    if (to - from < NARROWEST) return undefined;
    const middle = geom[0][0].clone();
    [middle.x, middle.y] = [(from + to) / 2, y];
    const placed = this.#writes.place(layout, [[middle]], feature);
    return placed?.map((one) => ({ ...one, deduplicationKey: feature.props.name, deduplicationDistance: APART }));
  }
}

/** The widest stretch inside an area on the line through its middle: `[from, to, y]`. */
function widest(rings) {
  const heights = rings[0].map((point) => point.y);
  const y = (Math.min(...heights) + Math.max(...heights)) / 2;
  const crossed = rings.flatMap((ring) =>
    ring.flatMap((one, n) => {
      const before = ring.at(n - 1);
      return one.y > y === before.y > y ? [] : [before.x + ((one.x - before.x) * (y - before.y)) / (one.y - before.y)];
    }),
  );
  crossed.sort((a, b) => a - b);
  let found = [0, 0, y];
  for (let n = 0; n + 1 < crossed.length; n += 2) {
    if (crossed[n + 1] - crossed[n] > found[1] - found[0]) found = [crossed[n], crossed[n + 1], y];
  }
  return found;
}
