// The base map: local vector tiles drawn in a quiet style, so that the work stands out.

const FAMILY = '"Noto Sans SC Variable", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const PAPER = "#f4f1ea";
const HALO = "#f7f5ef";

const LAND = {
  forest: "#dbe6cf",
  wood: "#dbe6cf",
  scrub: "#e1e9d5",
  grass: "#e4ecd7",
  meadow: "#e4ecd7",
  park: "#d5e6c6",
  farmland: "#eff0df",
  orchard: "#e3ebd0",
  residential: "#ebe7df",
  industrial: "#e7e3e1",
  commercial: "#efe6df",
  retail: "#efe6df",
  school: "#eee9d8",
  cemetery: "#dfe5d5",
  beach: "#f3ead0",
  sand: "#f3ead0",
};

// Class of road -> rank of drawing, first zoom, fill, casing, widths at zoom 12 and 18.
const ROADS = [
  { kinds: ["track", "path", "footway", "cycleway", "steps", "pedestrian"], from: 15, fill: "#ffffff", casing: "#ddd6c9", low: 0.4, high: 5 },
  { kinds: ["service"], from: 15, fill: "#ffffff", casing: "#ddd6c9", low: 0.5, high: 8 },
  { kinds: ["residential", "unclassified", "living_street", "road", "other"], from: 13, fill: "#ffffff", casing: "#d8d0c2", low: 0.8, high: 13 },
  { kinds: ["tertiary", "tertiary_link"], from: 11, fill: "#ffffff", casing: "#cfc6b6", low: 1.4, high: 16 },
  { kinds: ["secondary", "secondary_link"], from: 10, fill: "#fdf6dd", casing: "#d3c295", low: 1.8, high: 18 },
  { kinds: ["primary", "primary_link"], from: 8, fill: "#fbe9b7", casing: "#cfb571", low: 2.2, high: 20 },
  { kinds: ["trunk", "trunk_link"], from: 7, fill: "#f8d9a0", casing: "#c99f5c", low: 2.6, high: 21 },
  { kinds: ["motorway", "motorway_link"], from: 6, fill: "#f2bf8b", casing: "#bd8347", low: 3, high: 22 },
];

const PLAIN = { fill: "#ffffff", casing: "#ffffff" };

const PLACES = [
  { kinds: ["city", "county"], from: 7, to: 13, size: 17, weight: 650, fill: "#2d3742" },
  { kinds: ["town", "township", "suburb"], from: 9, to: 16, size: 14, weight: 620, fill: "#35414d" },
  { kinds: ["village", "quarter", "neighbourhood"], from: 12, to: 17, size: 12.5, weight: 520, fill: "#4a5560" },
  { kinds: ["hamlet", "group", "isolated_dwelling", "locality"], from: 14, to: 19, size: 11.5, weight: 450, fill: "#5f6a75" },
];

/** The layer of the local base map; with `plainRoads` its roads lend no colour. */
export function localBase(url, { plainRoads = false } = {}) {
  const fonts = new FontWatch();
  const layer = protomapsL.leafletLayer({
    url,
    maxDataZoom: 15,
    attribution: "",
    backgroundColor: PAPER,
    paintRules: paintRules(plainRoads),
    labelRules: labelRules(fonts),
    noWrap: true,
  });
  fonts.onLoaded = () => {
    layer.clearLayout();
    layer.rerenderTiles();
  };
  return layer;
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
      symbolizer: new PolygonSymbolizer({ fill: (zoom, feature) => LAND[feature?.props.kind] ?? "#ece9e0" }),
    },
    { dataLayer: "water", symbolizer: new PolygonSymbolizer({ fill: "#bcd5e6" }), filter: isArea },
    {
      dataLayer: "water",
      symbolizer: new LineSymbolizer({
        color: "#b1cde1",
        width: (zoom, feature) => between(feature?.props.kind === "river" ? 2.5 : 0.9, feature?.props.kind === "river" ? 16 : 5)(zoom),
        lineCap: "round",
        lineJoin: "round",
      }),
      filter: isLine,
    },
    {
      dataLayer: "buildings",
      minzoom: 14,
      symbolizer: new PolygonSymbolizer({ fill: "#ddd6cb", stroke: "#cfc6b8", width: 0.6 }),
    },
    ...roads.map((road) => ({
      dataLayer: "roads",
      minzoom: Math.max(road.from, 11),
      symbolizer: new LineSymbolizer({
        color: road.casing,
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
        color: road.fill,
        width: (zoom) => between(road.low, road.high)(zoom),
        lineCap: "round",
        lineJoin: "round",
      }),
      filter: road.filter,
    })),
    {
      dataLayer: "rail",
      minzoom: 9,
      symbolizer: new LineSymbolizer({ color: "#9aa1a8", width: between(1.3, 4) }),
    },
    {
      dataLayer: "rail",
      minzoom: 13,
      symbolizer: new LineSymbolizer({
        color: "#ffffff",
        width: 0,
        dash: [8, 8],
        dashColor: "#f7f6f2",
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
    fill,
    stroke: HALO,
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
      symbolizer: new LineLabelSymbolizer(text(11.5, 500, "#6b6252")),
      filter: (zoom, feature) => Boolean(feature.props.name) && major.includes(feature.props.kind),
      sort: byRank,
    },
    {
      dataLayer: "roads",
      minzoom: 16,
      symbolizer: new LineLabelSymbolizer(text(11, 450, "#7a7262")),
      filter: (zoom, feature) => Boolean(feature.props.name) && !major.includes(feature.props.kind),
    },
    {
      dataLayer: "water",
      minzoom: 12,
      symbolizer: new LineLabelSymbolizer(text(12, 450, "#52819f")),
      filter: (zoom, feature) => Boolean(feature.props.name) && feature.geomType === 2,
    },
    {
      dataLayer: "pois",
      minzoom: 16,
      symbolizer: new CenteredTextSymbolizer(text(11, 480, "#6d5c73")),
      filter: (zoom, feature) => Boolean(feature.props.name),
      sort: byRank,
    },
  ];
}
