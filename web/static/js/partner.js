// A station's own stops as a list; their map comes when the reader gets near it.
import { note, readConfig } from "./dom.js";
import { drawMapFrame } from "./map_frame.js";

const AHEAD_PX = 300;

const near = new IntersectionObserver(
  (seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    near.disconnect();
    show();
  },
  { rootMargin: `${AHEAD_PX}px` },
);
near.observe(document.querySelector(".map-frame"));

async function show() {
  try {
    await drawMapFrame();
    const { drawStops } = await import("./partner_map.js");
    await drawStops(readConfig());
  } catch (error) {
    console.warn(error);
    note(readConfig().texts.failed);
  }
}
