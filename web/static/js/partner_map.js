// A station's own stops: numbers on the map, joined to the list.
import { fetchJson, scrollToMiddle } from "./dom.js";
import { fit, markBox, onPress, openMap, spread, textMark } from "./shell.js";

/** Open the map and draw the stops. */
export async function drawStops(config) {
  const { map, layers, layBase } = openMap(config, { baseLater: true });
  try {
    const { stops } = await fetchJson(config.stops);
    const shifts = spread(stops);
    stops.forEach((stop, n) => draw(layers, stop, shifts[n]));
    fit(map, stops);
  } finally {
    layBase();
  }
}

function draw(layers, stop, shift) {
  const mark = textMark({
    ...stop,
    text: String(stop.number),
    className: "stop-mark",
    tint: "var(--accent)",
    title: String(stop.number),
    shift,
  });
  const line = document.querySelector(`[data-stop="${CSS.escape(stop.key)}"]`);
  onPress(mark, () => scrollToMiddle(line));
  layers.stops.addLayer(mark);
  for (const [event, on] of [["pointerenter", true], ["pointerleave", false]]) {
    line?.addEventListener(event, () => markBox(mark)?.classList.toggle("stop-mark--chosen", on));
  }
}
