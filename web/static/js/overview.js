// The overview map: cases as clustered dots, filters, a legend that counts, one chosen case.
import { applyTints, element, fetchJson, fill, note, percent, readConfig, sendJson } from "./dom.js";
import { drawLasso } from "./lasso.js";
import { fit, lines, markBox, openMap, textMark } from "./shell.js";

const COLOURS = {
  grade: { none: "var(--grade-none)", red: "var(--grade-red)", white: "var(--grade-white)", black: "var(--grade-black)" },
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
const VOCABULARY = { grade: "grade", kind: "case_kind", precision: "precision" };
const FILTERS = ["kind", "grade", "status", "township"];

const config = readConfig();
const { map, layers } = openMap(config);
const form = document.getElementById("filters");
const chosen = { marker: null, id: null };
let cases = [];
let shown = [];
let pin = null;

applyTints();
readAddress();
setUpClusters(layers.cases);
form.addEventListener("input", draw);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(draw));
map.on("click", choose.bind(null, null));
document.getElementById("search").addEventListener("submit", search);
document.getElementById("lasso").addEventListener("click", lasso);
load();

async function load() {
  try {
    const [table, field] = await Promise.all([fetchJson(config.cases), fetchJson(config.areas)]);
    drawField(field);
    cases = table.rows.map((row) => Object.fromEntries(table.fields.map((name, n) => [name, row[n]])));
    for (const one of cases) if (one.lon !== null) one.marker = caseMarker(one);
    draw();
  } catch (error) {
    console.warn(error);
    note(config.texts.failed);
  }
}

function setUpClusters(layer) {
  layer.options.maxClusterRadius = (zoom) => (zoom >= 16 ? 14 : zoom >= 14 ? 34 : 52);
  layer.options.iconCreateFunction = clusterIcon;
  layer.clearLayers();
}

function caseMarker(one) {
  const marker = textMark({ lat: one.lat, lon: one.lon, className: "dot", size: 15 });
  marker.options.keyboard = false;
  marker.one = one;
  marker.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    choose(one);
  });
  marker.on("add", () => paint(marker));
  return marker;
}

function paint(marker) {
  const box = markBox(marker);
  if (!box) return;
  box.style.setProperty("--tint", colourOf(marker.one));
  box.classList.toggle("dot--chosen", marker.one.id === chosen.id);
}

function colourOf(one) {
  const by = form.elements.colour.value;
  return COLOURS[by][one[by]] ?? "var(--muted-mark)";
}

function clusterIcon(cluster) {
  const members = cluster.getAllChildMarkers();
  const counts = new Map();
  for (const { one } of members) {
    const colour = colourOf(one);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  let turned = 0;
  const parts = [...counts].map(([colour, count]) => {
    const start = turned;
    turned += (360 * count) / members.length;
    return `${colour} ${start}deg ${turned}deg`;
  });
  const size = Math.round(30 + 5 * Math.log2(members.length));
  const box = element("div", { className: "cluster" }, element("b", {}, String(members.length)));
  box.style.width = box.style.height = `${size}px`;
  box.style.setProperty("--mix", `conic-gradient(${parts.join(", ")})`);
  return L.divIcon({ html: box, className: "mark-frame", iconSize: [size, size] });
}

/** The filters stand in the page's address, so that a view can be kept and sent; no search does. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const name of [...FILTERS, "colour"]) {
    const field = form.elements[name];
    if ([...field.options].some((one) => one.value === given.get(name))) field.value = given.get(name);
  }
}

function writeAddress() {
  const held = new URLSearchParams();
  for (const name of FILTERS) if (form.elements[name].value) held.set(name, form.elements[name].value);
  if (form.elements.colour.value !== "grade") held.set("colour", form.elements.colour.value);
  history.replaceState(null, "", held.size ? `?${held}` : location.pathname);
}

async function search(event) {
  event.preventDefault();
  const list = document.getElementById("found");
  try {
    const { found } = await sendJson(config.find, { text: document.getElementById("search-text").value }, config.token);
    list.replaceChildren(...(found.length ? found.map(foundLine) : [element("li", { className: "hint" }, config.texts.found_none)]));
    if (found.length === 1) show(found[0]);
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
  button.addEventListener("click", () => show(one));
  return element("li", {}, button);
}

function show(found) {
  pin?.remove();
  pin = null;
  const one = found.kind === "case" ? cases.find(({ id }) => id === found.id) : null;
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
  const holds = await drawLasso(map);
  button.setAttribute("aria-pressed", "false");
  note("");
  if (holds) shortlist(shown.filter((one) => one.lon !== null && holds(one)));
}

function shortlist(chosenCases) {
  const { texts } = config;
  const copy = element("button", { type: "button" }, texts.copy);
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(chosenCases.map((one) => one.number).join("\n"));
    copy.textContent = texts.copied;
  });
  const links = chosenCases.map((one) => {
    const link = element("a", { href: config.case.replace("CASE", encodeURIComponent(one.id)) }, one.number);
    return element("li", {}, link);
  });
  const box = document.getElementById("shortlist");
  box.hidden = false;
  const count = chosenCases.length ? fill(texts.shortlist, { count: chosenCases.length.toLocaleString() }) : texts.shortlist_none;
  box.replaceChildren(element("p", {}, element("b", {}, count)), ...(links.length ? [element("ul", { className: "shortlist" }, ...links), copy] : []));
}

function draw() {
  const wanted = FILTERS.map((name) => [name, form.elements[name].value]).filter(([, code]) => code);
  writeAddress();
  shown = cases.filter((one) => wanted.every(([name, code]) => one[name] === code));
  layers.cases.clearLayers();
  layers.cases.addLayers(shown.filter((one) => one.marker).map((one) => one.marker));
  document.getElementById("count-shown").textContent = shown.length.toLocaleString();
  document.getElementById("count-all").textContent = cases.length.toLocaleString();
  document.getElementById("count-unlocated").textContent = shown
    .filter((one) => one.lon === null)
    .length.toLocaleString();
  drawLegend(shown);
  if (cases.length === 0) note(config.texts.empty);
  else note(shown.length ? fill(config.texts.shown, { count: shown.length.toLocaleString() }) : config.texts.none);
}

function drawLegend(shown) {
  const by = form.elements.colour.value;
  const words = config.labels[VOCABULARY[by]];
  const counts = new Map();
  for (const one of shown) counts.set(one[by], (counts.get(one[by]) ?? 0) + 1);
  const rows = Object.keys(words)
    .filter((code) => counts.has(code))
    .map((code) => {
      const swatch = element("i", { className: "swatch" });
      swatch.style.setProperty("--tint", COLOURS[by][code]);
      return element("li", {}, swatch, words[code], element("b", {}, counts.get(code).toLocaleString()));
    });
  document.getElementById("legend").replaceChildren(...rows);
}

function choose(one) {
  const before = chosen.marker;
  chosen.id = one?.id ?? null;
  chosen.marker = one?.marker ?? null;
  for (const marker of [before, chosen.marker]) if (marker) paint(marker);
  const card = document.getElementById("selected");
  card.hidden = !one;
  if (!one) {
    card.replaceChildren();
    return;
  }
  const { texts, labels } = config;
  const close = element("button", { type: "button", className: "button--quiet close", ariaLabel: texts.close }, "✕");
  close.addEventListener("click", () => choose(null));
  const facts = [
    [texts.kind, labels.case_kind[one.kind]],
    [texts.status, labels.case_status[one.status]],
    [texts.grade, labels.grade[one.grade]],
    [texts.precision, labels.precision[one.precision]],
    [texts.confidence, one.confidence === null ? "–" : percent(one.confidence)],
    [texts.claims, String(one.claims)],
  ];
  card.replaceChildren(
    close,
    element("h2", {}, one.number),
    element("dl", {}, ...facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value ?? "–")])),
    element(
      "a",
      { className: "button button--main", href: config.case.replace("CASE", encodeURIComponent(one.id)) },
      texts.open,
    ),
  );
  card.scrollIntoView({ block: "nearest" });
}

function drawField({ areas, stations, checkpoints }) {
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
  for (const station of stations) addFixed(layers.stations, station, "station-mark", config.texts.station_letter, station.name);
  for (const checkpoint of checkpoints) {
    const kind = config.labels.checkpoint_kind[checkpoint.kind];
    addFixed(layers.checkpoints, checkpoint, "checkpoint-mark", config.texts.checkpoint_letters[checkpoint.kind] ?? "", checkpoint.name, kind);
  }
}

function addFixed(layer, one, className, text, ...texts) {
  const marker = textMark({ ...one, className, text, size: 24, title: one.name, shift: [0, -18], z: 600 });
  marker.bindTooltip(lines(...texts), { direction: "top", offset: [0, -30] });
  layer.addLayer(marker);
}
