// Campaigns: townships shaded by the team-hours that they need.
import { fetchJson, note, readConfig } from "./dom.js";
import { lines, openMap } from "./shell.js";

const config = readConfig();
const { map, layers } = openMap(config);

load();

async function load() {
  try {
    const { areas } = await fetchJson(config.areas);
    draw(areas.features);
  } catch (error) {
    console.warn(error);
    note(config.texts.failed);
  }
}

function draw(features) {
  const most = Math.max(1, ...Object.values(config.needs).map((need) => need.hours));
  const border = features.filter((feature) => feature.properties.kind === "jurisdiction");
  for (const feature of features) {
    if (feature.properties.kind !== "township") continue;
    const need = config.needs[feature.properties.code];
    const shape = L.geoJSON(feature, {
      style: {
        color: "var(--township)",
        weight: 1.2,
        fillColor: "var(--campaign)",
        fillOpacity: need ? 0.1 + (0.65 * need.hours) / most : 0,
      },
    });
    shape.bindTooltip(lines(feature.properties.name, ...told(need)), { sticky: true, opacity: 0.95 });
    layers.townships.addLayer(shape);
  }
  if (border.length) map.fitBounds(L.geoJSON(border).getBounds(), { padding: [16, 16], animate: false });
}

function told(need) {
  if (!need) return [];
  const { texts } = config;
  return [
    `${texts.debtors} ${need.debtors}`,
    `${texts.hours} ${need.hours.toFixed(1)}`,
    `${texts.expected} ${need.expected.toFixed(1)}`,
  ];
}
