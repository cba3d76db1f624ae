// A page that is about its map: the map first, then the page's module.
import { readConfig } from "./dom.js";
import { drawMapFrame } from "./map_frame.js";

await drawMapFrame();
await import(`./${readConfig().module}`);
