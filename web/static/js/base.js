// What lies under the work: the court's own map, or pictures of a server where the court set one.
import { localBase } from "./basemap.js";
import { onWgs84Grid } from "./datum.js";
import { element, note } from "./dom.js";

const FAILURES = 3; // in a row, before the local map takes over

/** Lay the base map under a page's map. */
export function addBase(map, { base, plain_roads: plainRoads }) {
  const local = base.local ? onWgs84Grid(localBase(base.local, { plainRoads })) : null;
  if (!base.server) {
    local?.addTo(map);
    return;
  }
  const pictures = serverBase(base.server);
  pictures.addTo(map);
  const maker = element("p", { className: "map-maker" }, base.server.attribution);
  map.getContainer().append(maker);
  if (!local) return;
  L.control
    .layers({ [base.texts.server]: pictures, [base.texts.local]: local }, {}, { position: "bottomright", collapsed: false })
    .addTo(map);
  map.on("baselayerchange", ({ layer }) => {
    maker.hidden = layer === local;
  });
  whenDown(pictures, () => {
    if (!map.hasLayer(pictures)) return;
    pictures.remove();
    local.addTo(map);
    maker.hidden = true;
    note(base.texts.down);
  });
}

function serverBase({ layers, max_zoom: maxNativeZoom }) {
  return L.layerGroup(layers.map((url, n) => L.tileLayer(url, { maxNativeZoom, maxZoom: 19, minZoom: 3, noWrap: true, zIndex: n + 1 })));
}

function whenDown(group, act) {
  let failed = 0;
  group.eachLayer((layer) => {
    layer.on("tileload", () => {
      failed = 0;
    });
    layer.on("tileerror", () => {
      failed += 1;
      if (failed === FAILURES) act();
    });
  });
}
