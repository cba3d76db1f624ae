// What lies under the work: the court's own map, or pictures of a server where the court set one.
import { canDraw, localBase, pictureBase } from "./basemap.js";
import { onWgs84Grid } from "./datum.js";
import { element } from "./dom.js";

const FAILURES = 3; // in a row, before another map takes over
const PICTURES = "map-pictures"; // kept where this browser is to show pictures

/** Lay the base map under a page's map, with a choice where there are several. */
export function addBase(map, { base, plain_roads: plainRoads }) {
  const { texts } = base;
  const bases = {
    server: base.server && serverBase(base.server),
    local: base.local && canDraw() ? onWgs84Grid(localBase(base.local, { plainRoads })) : null,
    raster: base.raster && onWgs84Grid(pictureBase(base.raster)),
  };
  const names = Object.keys(bases).filter((name) => bases[name]);
  if (names.length === 0) return;
  let shown = bases.raster && localStorage.getItem(PICTURES) ? "raster" : names[0];
  bases[shown].addTo(map);
  const foot = element("p", { className: "map-maker" });
  map.getContainer().append(foot);
  const tell = (text) => {
    foot.textContent = shown === "server" ? base.server.attribution : text;
    foot.hidden = !foot.textContent;
  };
  tell(base.local && !bases.local ? texts.broken : "");
  if (names.length === 1) return;
  const choice = Object.fromEntries(names.map((name) => [texts[name], bases[name]]));
  const control = L.control.layers(choice, {}, { position: "bottomright", collapsed: !base.server }).addTo(map);
  control.getContainer().classList.add("base-choice"); // what is shown on the map has a choice of its own
  control.getContainer().querySelector(".leaflet-control-layers-toggle").textContent = texts.choice;
  let isTold = true;
  map.on("baselayerchange", ({ layer }) => {
    shown = names.find((name) => bases[name] === layer);
    tell("");
    if (!isTold) return;
    if (shown === "raster") localStorage.setItem(PICTURES, "on");
    else localStorage.removeItem(PICTURES);
  });
  const takeOver = (name, said) => {
    const next = names[names.indexOf(name) + 1];
    if (shown !== name || !next) return;
    isTold = false; // nobody chose it
    bases[name].remove();
    bases[next].addTo(map);
    isTold = true;
    tell(said);
  };
  bases.server?.eachLayer((layer) => whenDown(layer, "tileload", "tileerror", () => takeOver("server", texts.down)));
  if (bases.local && bases.raster) {
    whenDown(bases.local, "tiledrawn", "tilebroken", () => whenThere(map, base.raster, () => takeOver("local", texts.broken)));
  }
}

function serverBase({ layers, max_zoom: maxNativeZoom }) {
  return L.layerGroup(layers.map((url, n) => L.tileLayer(url, { maxNativeZoom, maxZoom: 19, minZoom: 3, noWrap: true, zIndex: n + 1 })));
}

/** Act if a picture of the map's middle comes: where none does, the fault is elsewhere. */
function whenThere(map, url, act) {
  const z = Math.round(map.getZoom());
  const { x, y } = L.CRS.EPSG3857.latLngToPoint(map.getCenter(), z).divideBy(256).floor();
  const picture = new Image();
  picture.onload = act;
  picture.src = L.Util.template(url, { theme: "light", z, x, y, r: "" });
}

function whenDown(layer, well, wrong, act) {
  let failed = 0;
  layer.on(well, () => {
    failed = 0;
  });
  layer.on(wrong, () => {
    failed += 1;
    if (failed === FAILURES) act();
  });
}
