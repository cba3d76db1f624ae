// The day's line and stops on a map, which opens when there is a day to show.
import { fit, openMap, spread, textMark } from "../shell.js";

let opened = null;

/** Draw a pack's stops; `isDone` tells which are to look so. */
export function drawDay(config, pack, isDone) {
  const isFirst = opened === null;
  opened ??= openMap(config, { baseLater: true });
  const { map, layers } = opened;
  clearDay();
  if (pack.line.length) layers.lines.addLayer(L.polyline(pack.line.map(([lon, lat]) => [lat, lon]), { color: "var(--accent)", weight: 4, opacity: 0.8, interactive: false }));
  const [lon, lat] = pack.base;
  const { base_letter: letter } = config.texts;
  layers.stops.addLayer(textMark({ lon, lat, text: letter, className: "stop-mark stop-mark--base", tint: "var(--accent)", title: letter }));
  const shifts = spread(pack.stops);
  pack.stops.forEach((stop, n) =>
    layers.stops.addLayer(textMark({ lon: stop.lon, lat: stop.lat, text: String(stop.number), className: "stop-mark", tint: isDone(stop) ? "var(--ink-faint)" : "var(--accent)", title: String(stop.number), shift: shifts[n] })),
  );
  map.invalidateSize();
  fit(map, [...pack.stops, { lon, lat }]);
  if (isFirst) opened.layBase();
}

/** Leave nothing of a day on the map. */
export function clearDay() {
  for (const layer of Object.values(opened?.layers ?? {})) layer.clearLayers();
}
