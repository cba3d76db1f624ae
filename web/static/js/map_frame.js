// The files of a page's map, and the frame that folium draws with them: they come when they are asked for.
import { isCalm, readConfig } from "./dom.js";

let drawn = null;

/** Let the page have its map; modules that use Leaflet may be imported afterwards. */
export function drawMapFrame() {
  return (drawn ??= draw());
}

async function draw() {
  const { static: root, scripts } = readConfig();
  const styles = [...document.querySelectorAll("link[data-map-styles]")];
  // The map goes on without what draws its base: there are pictures of that.
  await Promise.all([...styles.map(applied), ...scripts.map((name) => run(root + name).catch((error) => console.error(error)))]);
  if (isCalm()) keepStill();
  window.drawFrame();
}

/** Let maps jump instead of gliding. */
function keepStill() {
  const { panBy } = L.Map.prototype;
  L.Map.mergeOptions({ zoomAnimation: false, markerZoomAnimation: false, inertia: false });
  L.Map.include({
    panBy(by, options) {
      return panBy.call(this, by, { ...options, animate: false });
    },
  });
}

/** Fetch a style that lay aside; it keeps its place among the others. */
function applied(link) {
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    link.href = link.dataset.mapStyles;
  });
}

function run(src) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src, async: false, onload: resolve });
    script.onerror = () => reject(new Error(`not loaded: ${src}`));
    document.head.append(script);
  });
}
