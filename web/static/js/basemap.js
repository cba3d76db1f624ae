// The base map: local vector tiles drawn in a quiet style, so that the work stands out.
import { colour, onThemeChange } from "./colours.js";
import { Sheet } from "./map_sheet.js";

const FAMILY = getComputedStyle(document.body).fontFamily;
// Kind of land -> its colour's name.
const LAND = {
  forest: "map-wood",
  wood: "map-wood",
  scrub: "map-scrub",
  grass: "map-grass",
  meadow: "map-grass",
  park: "map-park",
  farmland: "map-farmland",
  orchard: "map-orchard",
  residential: "map-residential",
  industrial: "map-industrial",
  commercial: "map-commercial",
  retail: "map-commercial",
  school: "map-school",
  cemetery: "map-cemetery",
  beach: "map-sand",
  sand: "map-sand",
};

// Class of road -> rank of drawing, first zoom, names of fill and casing, widths at zoom 12 and 18.
const ROADS = [
  { kinds: ["track", "path", "footway", "cycleway", "steps", "pedestrian"], from: 15, fill: "map-road", casing: "map-path-edge", low: 0.4, high: 5 },
  { kinds: ["service"], from: 15, fill: "map-road", casing: "map-path-edge", low: 0.5, high: 8 },
  { kinds: ["residential", "unclassified", "living_street", "road", "other"], from: 13, fill: "map-road", casing: "map-road-edge", low: 0.8, high: 13 },
  { kinds: ["tertiary", "tertiary_link"], from: 11, fill: "map-road", casing: "map-tertiary-edge", low: 1.4, high: 16 },
  { kinds: ["secondary", "secondary_link"], from: 10, fill: "map-secondary", casing: "map-secondary-edge", low: 1.8, high: 18 },
  { kinds: ["primary", "primary_link"], from: 8, fill: "map-primary", casing: "map-primary-edge", low: 2.2, high: 20 },
  { kinds: ["trunk", "trunk_link"], from: 7, fill: "map-trunk", casing: "map-trunk-edge", low: 2.6, high: 21 },
  { kinds: ["motorway", "motorway_link"], from: 6, fill: "map-motorway", casing: "map-motorway-edge", low: 3, high: 22 },
];

const NARROWEST = 20; // pixels of an area that holds its name
const APART = 320; // pixels between two names of one area
const TOGETHER_MS = 60; // tiles that come together are shown together

const PLAIN = { fill: "map-plain", casing: "map-plain" };

const PLACES = [
  { kinds: ["city", "county"], from: 7, to: 13, size: 17, weight: 650, fill: "map-city-name" },
  { kinds: ["town", "township", "suburb"], from: 8, to: 16, size: 14, weight: 620, fill: "map-town-name" },
  { kinds: ["village", "quarter", "neighbourhood"], from: 12, to: 17, size: 12.5, weight: 520, fill: "map-village-name" },
  { kinds: ["hamlet", "group", "isolated_dwelling", "locality"], from: 14, to: 19, size: 11.5, weight: 450, fill: "map-hamlet-name" },
];

/** The layer of the local base map; with `plainRoads` its roads lend no colour. */
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
  const render = layer.renderTile;
  layer.renderTile = async (coords, tile, key, done) => {
    await render.call(layer, coords, tile, key, done);
    if (fresh.size === 0) setTimeout(layFresh, TOGETHER_MS);
    fresh.add(key);
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
  const isArea = (zoom, feature) => feature.geomType === 3;
  const isLine = (zoom, feature) => feature.geomType === 2;
  const roads = ROADS.map((road) => ({
    ...road,
    ...(plainRoads ? PLAIN : {}),
    filter: (zoom, feature) => road.kinds.includes(feature.props.kind),
  }));
  return [
    {
      dataLayer: "landuse",
      symbolizer: new PolygonSymbolizer({ fill: (zoom, feature) => colour(LAND[feature?.props.kind] ?? "map-land") }),
    },
    { dataLayer: "water", symbolizer: new PolygonSymbolizer({ fill: colour("map-water") }), filter: isArea },
    {
      dataLayer: "water",
      symbolizer: new LineSymbolizer({
        color: colour("map-stream"),
        width: (zoom, feature) => between(feature?.props.kind === "river" ? 2.5 : 0.9, feature?.props.kind === "river" ? 16 : 5)(zoom),
        lineCap: "round",
        lineJoin: "round",
      }),
      filter: isLine,
    },
    {
      dataLayer: "buildings",
      minzoom: 14,
      symbolizer: new PolygonSymbolizer({ fill: colour("map-building"), stroke: colour("map-building-edge"), width: 0.6 }),
    },
    ...roads.map((road) => ({
      dataLayer: "roads",
      minzoom: Math.max(road.from, 11),
      symbolizer: new LineSymbolizer({
        color: colour(road.casing),
        width: (zoom) => between(road.low, road.high)(zoom) + (zoom < 14 ? 1 : 1.6),
        lineCap: "butt",
        lineJoin: "round",
      }),
      filter: road.filter,
    })),
    ...roads.map((road) => ({
      dataLayer: "roads",
      minzoom: road.from,
      symbolizer: new LineSymbolizer({
        color: colour(road.fill),
        width: (zoom) => between(road.low, road.high)(zoom),
        lineCap: "round",
        lineJoin: "round",
      }),
      filter: road.filter,
    })),
    {
      dataLayer: "rail",
      minzoom: 9,
      symbolizer: new LineSymbolizer({ color: colour("map-rail"), width: between(1.3, 4) }),
    },
    {
      dataLayer: "rail",
      minzoom: 13,
      symbolizer: new LineSymbolizer({
        color: colour("map-rail-dash"),
        width: 0,
        dash: [8, 8],
        dashColor: colour("map-rail-dash"),
        dashWidth: (zoom) => between(0.6, 2.4)(zoom),
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
  const text = (size, weight, fill) => ({
    labelProps: name,
    font: `${weight} ${size}px ${FAMILY}`,
    fill: colour(fill),
    stroke: colour("map-halo"),
    width: 2.4,
  });
  const byRank = (a, b) => (a.rank ?? 99) - (b.rank ?? 99);
  const major = ROADS.slice(3).flatMap((road) => road.kinds);
  return [
    ...PLACES.map(({ kinds, from, to, size, weight, fill }) => ({
      dataLayer: "places",
      minzoom: from,
      maxzoom: to,
      symbolizer: new CenteredTextSymbolizer(text(size, weight, fill)),
      filter: (zoom, feature) => kinds.includes(feature.props.kind),
      sort: byRank,
    })),
    {
      dataLayer: "roads",
      minzoom: 13,
      symbolizer: new LineLabelSymbolizer(text(11.5, 500, "map-road-name")),
      filter: (zoom, feature) => Boolean(feature.props.name) && major.includes(feature.props.kind),
      sort: byRank,
    },
    {
      dataLayer: "roads",
      minzoom: 16,
      symbolizer: new LineLabelSymbolizer(text(11, 450, "map-lane-name")),
      filter: (zoom, feature) => Boolean(feature.props.name) && !major.includes(feature.props.kind),
    },
    {
      dataLayer: "water",
      minzoom: 12,
      symbolizer: new LineLabelSymbolizer(text(12, 450, "map-water-name")),
      filter: (zoom, feature) => Boolean(feature.props.name) && feature.geomType === 2,
    },
    {
      dataLayer: "water",
      minzoom: 10,
      symbolizer: new AreaName(new CenteredTextSymbolizer(text(12, 450, "map-water-name"))),
      filter: (zoom, feature) => Boolean(feature.props.name) && feature.geomType === 3,
    },
    {
      dataLayer: "pois",
      minzoom: 13,
      symbolizer: new CenteredTextSymbolizer(text(11, 480, "map-poi-name")),
      filter: (zoom, feature) => Boolean(feature.props.name) && (zoom >= 16 || feature.props.rank === 0),
      sort: byRank,
    },
  ];
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
