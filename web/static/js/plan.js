// The plan board: routes on the map and in the list, by day and team, each stop joined to its line.
import { applyTints, fetchJson, note, readConfig, scrollToMiddle, within } from "./dom.js";
import { fit, lines, markBox, onPress, openMap, spread, textMark } from "./shell.js";
import { explain } from "./why.js";

const config = readConfig();
const { map, layers, layBase } = openMap(config, { baseLater: true });
const wanted = { day: document.querySelector('[data-day][aria-pressed="true"]')?.dataset.day ?? "", team: "" };
const marks = new Map();
let routes = [];
let chosen = null;

applyTints();
explain(config.texts.failed);
for (const name of ["day", "team"]) {
  for (const chip of document.querySelectorAll(`.chip[data-${name}]`)) {
    chip.addEventListener("click", () => {
      wanted[name] = chip.dataset[name];
      for (const other of document.querySelectorAll(`.chip[data-${name}]`)) {
        other.setAttribute("aria-pressed", String(other === chip));
      }
      draw();
    });
  }
}
for (const line of document.querySelectorAll("[data-stop]")) {
  line.addEventListener("click", (event) => {
    if (!event.target.closest("a")) choose(line.dataset.stop, { pan: true });
  });
}
for (const bead of document.querySelectorAll("[data-show]")) {
  bead.addEventListener("click", () => choose(bead.dataset.show, { pan: true }));
}
load().finally(layBase);

async function load() {
  try {
    routes = (await fetchJson(config.plan)).routes;
    note(routes.length ? "" : config.texts.empty);
    draw();
  } catch (error) {
    console.warn(error);
    note(config.texts.failed);
  }
}

function isWanted(day, team) {
  return (!wanted.day || day === wanted.day) && (!wanted.team || team === wanted.team);
}

function draw() {
  for (const article of document.querySelectorAll("[data-route-day]")) {
    article.hidden = !isWanted(article.dataset.routeDay, article.dataset.routeTeam);
  }
  layers.lines.clearLayers();
  layers.stops.clearLayers();
  marks.clear();
  const shown = routes.filter((route) => isWanted(route.day, route.team));
  for (const route of shown) drawLine(route);
  drawBases(shown);
  const stops = shown.flatMap((route) => route.stops.map((stop) => ({ ...stop, route })));
  const shifts = spread(stops);
  stops.forEach((stop, n) => drawStop(stop, shifts[n]));
  const corners = shown.flatMap(({ base, line }) => [base, ...line]).map(([lon, lat]) => ({ lon, lat }));
  fit(map, [...corners, ...stops]);
  if (chosen && !marks.has(chosen)) choose(null);
}

function drawLine(route) {
  const path = route.line.map(([lon, lat]) => [lat, lon]);
  L.polyline(path, { color: "var(--under-line)", weight: 7, opacity: 0.85, interactive: false }).addTo(layers.lines);
  const line = L.polyline(path, { color: route.colour, weight: 3.5, opacity: 0.9 }).addTo(layers.lines);
  line.bindTooltip(lines(route.name), { sticky: true });
}

function drawBases(shown) {
  const seen = new Set();
  for (const { base } of shown) {
    const [lon, lat] = base;
    if (seen.has(`${lon} ${lat}`)) continue;
    seen.add(`${lon} ${lat}`);
    const mark = textMark({
      lon,
      lat,
      text: config.texts.base_letter,
      className: "stop-mark stop-mark--base",
      tint: "var(--ink)",
      size: 28,
      title: config.texts.base,
    });
    layers.stops.addLayer(mark);
  }
}

function drawStop(stop, shift) {
  const kind = stop.kind === "duty" ? " stop-mark--duty" : "";
  const mark = textMark({
    ...stop,
    text: String(stop.number ?? config.texts.fetch),
    className: `stop-mark${kind}`,
    tint: stop.route.colour,
    title: `${stop.route.name} ${stop.number ?? config.texts.fetching}`,
    shift,
    z: 300,
  });
  mark.bindTooltip(
    lines(
      `${stop.route.name} · ${clock(stop.start_s)}–${clock(stop.departure_s)}`,
      stop.case_number,
      stop.kind === "visit" ? `${config.texts.p_found} ${within(stop.p_found, stop.p_range)}` : "",
    ),
    { direction: "top", offset: [shift[0], shift[1] - 12] },
  );
  onPress(mark, () => choose(stop.key, { scroll: true }));
  layers.stops.addLayer(mark);
  marks.set(stop.key, mark);
  if (stop.key === chosen) markBox(mark)?.classList.add("stop-mark--chosen");
}

function choose(key, { pan = false, scroll = false } = {}) {
  mark(chosen, false);
  chosen = key;
  mark(chosen, true);
  const line = key ? lineOf(key) : null;
  if (scroll) scrollToMiddle(line);
  if (pan && marks.has(key)) map.setView(marks.get(key).getLatLng(), Math.max(map.getZoom(), 14));
}

function mark(key, on) {
  if (!key) return;
  lineOf(key)?.classList.toggle("stop--chosen", on);
  const marker = marks.get(key);
  if (!marker) return;
  markBox(marker)?.classList.toggle("stop-mark--chosen", on);
  marker.setZIndexOffset(on ? 2000 : 300);
}

function lineOf(key) {
  return document.querySelector(`[data-stop="${CSS.escape(key)}"]`);
}

function clock(second) {
  const minutes = Math.floor(second / 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
