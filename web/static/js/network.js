// The network page: roads by class, one chosen road, closures, and what can be reached in time.
import { onThemeChange } from "./colours.js";
import { element, fetchJson, fill, note, readConfig } from "./dom.js";
import { Closures } from "./network_closures.js";
import { Reach } from "./network_reach.js";
import { lineMark, RoadTiles, signMark, STYLES, walk } from "./network_roads.js";
import { onWgs84Grid } from "./datum.js";
import { lines, openMap, spread, textMark } from "./shell.js";

const PICK_PX = 12;
const config = readConfig();
const { map, layers } = openMap(config);
const { texts, labels } = config;
const roads = onWgs84Grid(new RoadTiles(config.roads, config.groups)).addTo(map);
const marked = L.layerGroup().addTo(map);
const reach = new Reach({ map, layers, config });
const closures = new Closures({ map, layer: layers.closures, roads, config, onChange: () => reach.refresh() });
let failed = "";

fitNetwork();
drawLegend();
drawStarts();
onThemeChange(() => roads.repaint());
roads.on("tiledata load", tell);
roads.on("failed", () => {
  failed = texts.failed;
  tell();
});
map.on("zoomend", tell);
map.on("click", ({ latlng }) => {
  if (closures.drawing) closures.click(latlng);
  else if (reach.choosing) reach.click(latlng);
  else choose(roads.nearest(latlng, PICK_PX));
});
closures.load().catch(() => {
  failed = texts.failed;
  tell();
});
tell();

function fitNetwork() {
  const [west, south, east, north] = config.bounds;
  map.fitBounds([[south, west], [north, east]], { padding: [8, 8], animate: false });
}

function drawLegend() {
  for (const row of document.querySelectorAll("#classes [data-group]")) {
    const { group } = row.dataset;
    row.querySelector(".line-mark").append(lineMark(STYLES[group]));
    row.querySelector("input").addEventListener("change", (event) => roads.toggle(group, event.target.checked));
  }
  for (const row of document.querySelectorAll("#signs [data-sign]")) {
    row.querySelector(".line-mark").append(signMark(row.dataset.sign));
    row.querySelector("input")?.addEventListener("change", (event) => roads.toggle(row.dataset.sign, event.target.checked));
  }
}

function drawStarts() {
  const starts = [...config.stations.map((one) => ({ ...one, kind: "station" })), ...config.teams.map((one) => ({ ...one, kind: "team" }))];
  const shifts = spread(starts);
  starts.forEach((one, n) => {
    const isStation = one.kind === "station";
    const [dx, dy] = [shifts[n][0], shifts[n][1] - 18];
    const mark = textMark({
      ...one,
      text: isStation ? texts.station_letter : texts.team_letter,
      className: isStation ? "station-mark" : "station-mark station-mark--team",
      size: 24,
      title: one.name,
      shift: [dx, dy],
      z: isStation ? 600 : 500,
    });
    mark.bindTooltip(lines(one.name), { direction: "top", offset: [dx, dy - 12] });
    mark.on("click", () => {
      if (!closures.drawing) reach.from(`${one.kind}:${one.id}`);
    });
    layers[isStation ? "stations" : "starts"].addLayer(mark);
  });
}

/** Say what the map does not show: roads of classes drawn nearer only, roads beyond the limit. */
function tell() {
  const zoom = Math.round(map.getZoom());
  let later = 0;
  for (const row of document.querySelectorAll("#classes [data-group]")) {
    const far = zoom < config.from_zoom[row.dataset.group];
    row.classList.toggle("class-list--far", far);
    row.title = far ? texts.zoom_for_more : "";
    later += Number(far);
  }
  const left = roads.leftOut();
  if (failed) note(failed);
  else if (left) note(fill(texts.left_out, { count: left.toLocaleString() }));
  else note(later ? texts.zoom_for_more : "");
  failed = "";
}

async function choose(road) {
  marked.clearLayers();
  const card = document.getElementById("road");
  card.hidden = !road;
  card.replaceChildren();
  if (!road) return;
  const facts = await fetchJson(config.road.replace("{road}", road.row)).catch(() => null);
  if (!facts) {
    note(texts.failed);
    return;
  }
  const path = walk(facts.line, (lon, lat) => [lat, lon]);
  L.polyline(path, { color: "var(--chosen)", weight: 10, opacity: 0.75, interactive: false }).addTo(marked);
  const close = element("button", { type: "button", className: "button--quiet close", ariaLabel: texts.close }, "✕");
  close.addEventListener("click", () => choose(null));
  const terms = [
    [texts.class, labels.road_group[facts.group]],
    [texts.length, fill(texts.metres, { metres: facts.length_m.toLocaleString() })],
    [texts.limit, both(facts.limit_kmh.map((limit) => (limit === null ? texts.no_limit : fill(texts.kmh, { limit }))))],
    ...Object.entries(facts.access).map(([mode, levels]) => [labels.travel_mode[mode], both(levels.map((level) => labels.road_access[level]))]),
  ];
  card.replaceChildren(
    close,
    element("h2", {}, facts.name || texts.unnamed),
    element("dl", {}, ...terms.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)])),
  );
  card.scrollIntoView({ block: "nearest" });
}

/** One word where both directions are alike, else both, along the drawing first. */
function both([along, against]) {
  return along === against ? along : fill(texts.two_ways, { along, against });
}
