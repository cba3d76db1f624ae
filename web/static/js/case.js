// One case: its address claims with the circle in which each may be wrong.
import { applyTints, fetchJson, note, percent, readConfig } from "./dom.js";
import { fit, lines, openMap, spread, textMark } from "./shell.js";

const TINT = "var(--accent)";
const DEGREE_M = 111320;
const config = readConfig();
const { map, layers } = openMap(config);

applyTints();
load();

async function load() {
  try {
    const { claims } = await fetchJson(config.claims);
    draw(claims);
  } catch (error) {
    console.warn(error);
    note(config.texts.failed);
  }
}

function draw(claims) {
  const shifts = spread(claims);
  claims.forEach((claim, n) => {
    if (claim.error_m) {
      L.circle([claim.lat, claim.lon], {
        radius: claim.error_m,
        color: TINT,
        weight: 1.2,
        dashArray: "4 4",
        fillOpacity: 0.07,
        interactive: false,
      }).addTo(layers.claims);
    }
    const mark = textMark({
      ...claim,
      text: String(claim.number),
      className: "stop-mark",
      tint: TINT,
      title: String(claim.number),
      shift: shifts[n],
    });
    const { p_place: place, confidence } = claim;
    const told = [`${config.texts.confidence} ${percent(confidence)}`];
    if (place !== null) told.unshift(`${config.texts.p_place} ${percent(place)}`);
    mark.bindTooltip(lines(...told), { direction: "top", offset: [0, -12] });
    layers.claims.addLayer(mark);
  });
  fit(map, claims.flatMap(around), { closest: 17, padding: 24 });
}

function around({ lon, lat, error_m: error }) {
  const dLat = Math.min(error, 1500) / DEGREE_M;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  return [
    { lon: lon - dLon, lat: lat - dLat },
    { lon: lon + dLon, lat: lat + dLat },
  ];
}
