// The overview map: cases as clustered dots, filters, a legend that counts, one chosen case.
import { applyTints, element, fetchJson, fill, note, percent, readConfig, sendJson } from "./dom.js";
import { drawLasso } from "./lasso.js";
import { Cases } from "./overview_cases.js";
import { standClear } from "./overview_fixed.js";
import { Heat } from "./overview_heat.js";
import { drawLiaisons } from "./overview_liaisons.js";
import { COLOURS, VOCABULARY } from "./overview_marks.js";
import { tellSince } from "./overview_since.js";
import { fit, lines, openMap, textMark } from "./shell.js";

const FILTERS = ["kind", "grade", "status", "township", "age", "step"];

const PRINTED_MM = [180, 150];

const config = readConfig();
const { map, layers, layBase } = openMap(config, { baseLater: true });
const form = document.getElementById("filters");
let chosen = null;
let pin = null;
let renewed = true;
let marks = [];
const fixed = [];
let stems = [];
const page = {
  colour: () => form.elements.colour.value,
  chosen: () => chosen,
  choose,
  draw,
  failed,
  list: shortlist,
  renewing: (yes) => (renewed = !yes),
  shown: (drawn) => {
    marks = drawn;
    arrange();
  },
  stems: () => stems,
};
const cases = new Cases({ map, layer: layers.cases, page, config });

applyTints();
for (const row of document.querySelectorAll("[data-layer]")) explain(row, layers[row.dataset.layer]);
const heat = new Heat({ map, layer: layers.heat, config, changed: writeAddress });
readAddress();
form.addEventListener("input", draw);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(draw));
map.on("overlayadd overlayremove", () => {
  arrange();
  cases.repaint();
});
document.getElementById("search").addEventListener("submit", search);
document.getElementById("lasso").addEventListener("click", lasso);
document.getElementById("in-view").addEventListener("click", () => listWithin({ corners: viewCorners() }, config.texts.in_view));
addEventListener("beforeprint", () => refit(PRINTED_MM));
addEventListener("afterprint", () => refit(null));
load();

/** Show a line of the legend while its layer is on the map. */
function explain(row, layer) {
  row.hidden = !map.hasLayer(layer);
  layer.on("add", () => (row.hidden = false));
  layer.on("remove", () => (row.hidden = true));
}

/** Give the map the size that it has on paper, or again that of the screen, around its middle. */
function refit(size) {
  const frame = map.getContainer().style;
  const middle = map.getCenter();
  [frame.width, frame.height] = size ? size.map((mm) => `${mm}mm`) : ["", ""];
  map.invalidateSize({ animate: false, pan: false });
  map.setView(middle, map.getZoom(), { animate: false });
}

async function load() {
  try {
    drawField(await fetchJson(config.areas));
  } catch (error) {
    failed(error);
    return;
  } finally {
    layBase();
  }
  await draw();
  const asked = new URLSearchParams(location.search).get("case");
  if (asked) await cases.find(asked).then((one) => show({ ...one, kind: "case" })).catch(failed);
  await tellSince(config);
}

function failed(error) {
  console.warn(error);
  note(config.texts.failed);
}

/** The filters stand in the page's address, so that a view can be kept and sent; no search does. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const name of [...FILTERS, "colour"]) {
    const field = form.elements[name];
    if ([...field.options].some((one) => one.value === given.get(name))) field.value = given.get(name);
  }
  heat.read(given);
}

function writeAddress() {
  const held = new URLSearchParams(wanted());
  if (page.colour() !== "grade") held.set("colour", page.colour());
  for (const [name, value] of Object.entries(heat.address())) held.set(name, value);
  history.replaceState(null, "", held.size ? `?${held}` : location.pathname);
}

/** The codes that are asked for, by filter. */
function wanted() {
  const pairs = FILTERS.map((name) => [name, form.elements[name].value]);
  return Object.fromEntries(pairs.filter(([, code]) => code));
}

async function search(event) {
  event.preventDefault();
  const list = document.getElementById("found");
  try {
    const { lng, lat } = map.getCenter().wrap();
    const { found } = await sendJson(config.find, { text: document.getElementById("search-text").value, near: [lng, lat] }, config.token);
    list.replaceChildren(...(found.length ? found.map(foundLine) : [element("li", { className: "hint" }, config.texts.found_none)]));
    if (found.length === 1) await show(found[0]);
  } catch (error) {
    console.warn(error);
    list.replaceChildren(element("li", { className: "hint" }, config.texts.failed));
  }
  list.hidden = false;
}

function foundLine(one) {
  const button = element("button", { type: "button", className: "button--quiet" }, one.text);
  const remark = one.kind === "case" && one.lon === null ? config.texts.unlocated : one.note;
  if (remark) button.append(element("small", {}, remark));
  button.addEventListener("click", () => show(one).catch(failed));
  return element("li", {}, button);
}

async function show(found) {
  pin?.remove();
  pin = null;
  const one = found.kind === "case" ? await cases.find(found.id) : null;
  if (one) choose(one);
  if (found.lon === null) return;
  map.setView([found.lat, found.lon], Math.max(map.getZoom(), 16));
  if (!one) pin = textMark({ ...found, className: "pin-mark", size: 22, title: found.text, z: 900 }).addTo(map);
}

async function lasso() {
  const button = document.getElementById("lasso");
  if (button.getAttribute("aria-pressed") === "true") return;
  button.setAttribute("aria-pressed", "true");
  note(config.texts.lasso_hint);
  const drawn = await drawLasso(map);
  button.setAttribute("aria-pressed", "false");
  note("");
  if (drawn) await listWithin(drawn, config.texts.shortlist);
}

/** The corners of what the map shows, as they are asked for without drawing. */
function viewCorners() {
  const box = map.getBounds();
  const [west, east] = [box.getWest(), box.getEast()].map((lon) => Math.min(Math.max(lon, -180), 180));
  const [south, north] = [box.getSouth(), box.getNorth()].map((lat) => Math.min(Math.max(lat, -90), 90));
  return [[west, south], [east, south], [east, north], [west, north]];
}

async function listWithin(shape, said) {
  try {
    shortlist(await cases.within(shape), said);
  } catch (error) {
    failed(error);
  }
}

function shortlist({ cases: listed, count }, said) {
  const { texts } = config;
  const copy = element("button", { type: "button" }, texts.copy);
  copy.addEventListener("click", async () => {
    const numbers = listed.map((one) => one.number).join("\n");
    try {
      await navigator.clipboard.writeText(numbers); // there is none without HTTPS
      copy.textContent = texts.copied;
    } catch {
      offerCopy(copy, numbers);
    }
  });
  const links = listed.map((one) => {
    const link = element("a", { href: config.case.replace("CASE", encodeURIComponent(one.id)) }, one.number);
    return element("li", {}, link);
  });
  const box = document.getElementById("shortlist");
  box.hidden = false;
  const head = count ? fill(said, { count: count.toLocaleString() }) : texts.shortlist_none;
  const less = listed.length < count ? fill(texts.listed, { count: listed.length.toLocaleString() }) : null;
  box.replaceChildren(
    element("p", {}, element("b", {}, head)),
    ...(less ? [element("p", { className: "hint" }, less)] : []),
    ...(links.length ? [element("ul", { className: "shortlist" }, ...links), copy] : []),
  );
  box.scrollIntoView({ block: "nearest" });
}

/** Put a text to be copied by hand in a button's place, selected. */
function offerCopy(button, text) {
  const area = element("textarea", { readOnly: true, rows: 4, value: text, ariaLabel: config.texts.copy_by_hand });
  button.replaceWith(element("p", { className: "hint" }, config.texts.copy_by_hand), area);
  area.select();
  area.focus();
}

async function draw() {
  writeAddress();
  try {
    const counts = await cases.draw(wanted());
    if (counts) tell(counts);
  } catch (error) {
    failed(error);
  }
}

function tell({ shown, all, unlocated, legend }) {
  const { texts } = config;
  document.getElementById("count-shown").textContent = shown.toLocaleString();
  document.getElementById("count-all").textContent = all.toLocaleString();
  document.getElementById("count-unlocated").textContent = unlocated.toLocaleString();
  drawLegend(legend);
  if (all === 0) note(texts.empty);
  else if (!renewed) note(texts.renewing);
  else note(shown ? fill(texts.shown, { count: shown.toLocaleString() }) : texts.none);
}

function drawLegend(counts) {
  const by = page.colour();
  const words = config.labels[VOCABULARY[by]];
  const rows = Object.keys(words)
    .filter((code) => code in counts)
    .map((code) => {
      const swatch = element("i", { className: "swatch" });
      swatch.style.setProperty("--tint", `var(--${COLOURS[by][code]})`);
      return element("li", {}, swatch, words[code], element("b", {}, counts[code].toLocaleString()));
    });
  document.getElementById("legend").replaceChildren(...rows);
}

function choose(one) {
  chosen = one?.id ?? null;
  cases.repaint();
  const card = document.getElementById("selected");
  card.hidden = !one;
  if (!one) {
    card.replaceChildren();
    return;
  }
  const { texts, labels } = config;
  const facts = [
    [texts.kind, labels.case_kind[one.kind]],
    [texts.status, labels.case_status[one.status]],
    [texts.grade, labels.grade[one.grade]],
    [texts.age, labels.case_age[one.age]],
    [texts.step, labels.case_step[one.step]],
    [texts.precision, labels.precision[one.precision]],
    [texts.confidence, one.confidence === null ? "–" : percent(one.confidence)],
    [texts.claims, String(one.claims)],
  ];
  fillCard(
    one.number,
    element("dl", {}, ...facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value ?? "–")])),
    element(
      "a",
      { className: "button button--main", href: config.case.replace("CASE", encodeURIComponent(one.id)) },
      texts.open,
    ),
  );
}

/** Show something in the place of a chosen case: a title, what is said, and buttons. */
function tellAside(title, said, buttons) {
  choose(null);
  document.getElementById("selected").hidden = false;
  fillCard(title, ...said, ...buttons);
}

function fillCard(title, ...content) {
  const card = document.getElementById("selected");
  const close = element("button", { type: "button", className: "button--quiet close", ariaLabel: config.texts.close }, "✕");
  close.addEventListener("click", () => choose(null));
  card.replaceChildren(close, element("h2", {}, title), ...content);
  card.scrollIntoView({ block: "nearest" });
}

function drawField({ areas, stations, checkpoints, liaisons }) {
  const styles = {
    territories: { color: "var(--territory)", weight: 1.6, dashArray: "6 5", fillColor: "var(--territory)", fillOpacity: 0.035 },
    grids: { color: "var(--grid)", weight: 0.9, fillColor: "var(--grid)", fillOpacity: 0.02 },
    townships: { color: "var(--township)", weight: 1.5, dashArray: "2 4", fillOpacity: 0 },
    catchments: { color: "var(--catchment)", weight: 1.4, dashArray: "8 4", fillColor: "var(--catchment)", fillOpacity: 0.03 },
    counties: { color: "var(--county)", weight: 1.2, fillOpacity: 0 },
  };
  const layerOf = {
    township: "townships",
    grid: "grids",
    station_territory: "territories",
    checkpoint_catchment: "catchments",
    county: "counties",
  };
  for (const feature of areas.features) {
    const key = layerOf[feature.properties.kind];
    if (!key) continue;
    const shape = L.geoJSON(feature, { style: styles[key], bubblingMouseEvents: true });
    shape.bindTooltip(lines(feature.properties.name), { sticky: true, opacity: 0.95 });
    layers[key].addLayer(shape);
  }
  const border = areas.features.filter((feature) => feature.properties.kind === "jurisdiction");
  if (border.length) {
    const outline = L.geoJSON(border, {
      interactive: false,
      style: { color: "var(--accent-strong)", weight: 2.5, opacity: 0.75, fill: false },
    }).addTo(map);
    map.fitBounds(outline.getBounds(), { padding: [16, 16], animate: false });
  } else if (stations.length) fit(map, stations);
  drawLiaisons(layers.liaisons, liaisons, { config, show: tellAside, failed });
  for (const station of stations) addFixed(layers.stations, station, "station-mark", config.texts.station_letter, station.name);
  for (const checkpoint of checkpoints) {
    const kind = config.labels.checkpoint_kind[checkpoint.kind];
    addFixed(layers.checkpoints, checkpoint, "checkpoint-mark", config.texts.checkpoint_letters[checkpoint.kind] ?? "", checkpoint.name, kind);
  }
}

/** Let stations and checkpoints keep off the cases that are shown. */
function arrange() {
  stems = standClear(map, fixed, map.hasLayer(layers.cases) ? marks : []);
}

function addFixed(layer, one, className, text, ...texts) {
  const marker = textMark({ ...one, className, text, size: 24, title: one.name, shift: [0, -18], z: 600 });
  marker.bindTooltip(lines(...texts), { direction: "top", offset: [0, -30] });
  layer.addLayer(marker);
  marker.options.stem = className === "station-mark" ? "station" : "checkpoint";
  fixed.push(marker);
}
