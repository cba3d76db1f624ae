// A shape drawn by hand over the map: what lies in it is chosen.

const FEWEST = 3;

/**
 * Let the reader draw once; resolves to its `corners` (lon, lat) and `holds`, a
 * test of `{lon, lat}`; to null where it was given up.
 */
export function drawLasso(map) {
  const frame = map.getContainer();
  const line = L.polyline([], { color: "var(--lasso)", weight: 2.5, dashArray: "4 5", interactive: false }).addTo(map);
  frame.classList.add("map--drawing");
  map.dragging.disable();
  return new Promise((resolve) => {
    let drawing = false;
    const at = (event) => map.mouseEventToLatLng(event);
    const begin = (event) => {
      if (!event.isPrimary || event.target.closest(".leaflet-control")) return;
      event.preventDefault();
      frame.setPointerCapture(event.pointerId);
      drawing = true;
      line.setLatLngs([at(event)]);
    };
    const move = (event) => drawing && line.addLatLng(at(event));
    const end = () => {
      const corners = line.getLatLngs().map(({ lng, lat }) => [lng, lat]);
      stop(drawing && corners.length >= FEWEST ? { corners, holds: (one) => inside(corners, one) } : null);
    };
    const escape = (event) => event.key === "Escape" && stop(null);
    const stop = (found) => {
      for (const [name, act] of acts) frame.removeEventListener(name, act, true);
      document.removeEventListener("keydown", escape);
      frame.classList.remove("map--drawing");
      map.dragging.enable();
      setTimeout(() => line.remove(), found ? 1500 : 0);
      resolve(found);
    };
    const acts = [["pointerdown", begin], ["pointermove", move], ["pointerup", end], ["pointercancel", () => stop(null)]];
    for (const [name, act] of acts) frame.addEventListener(name, act, true);
    document.addEventListener("keydown", escape);
  });
}

/** Whether a point lies in a shape, by counting the sides that a line to the east crosses. */
function inside(corners, { lon, lat }) {
  let odd = false;
  corners.forEach(([x, y], n) => {
    const [before_x, before_y] = corners.at(n - 1);
    if (y > lat !== before_y > lat && lon < ((before_x - x) * (lat - y)) / (before_y - y) + x) odd = !odd;
  });
  return odd;
}
