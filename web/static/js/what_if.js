// The what-if page: the chosen alternative on the map, and a bar while the others are worked out.
import { fetchJson, readConfig } from "./dom.js";

const config = readConfig();
const WAIT_MS = 1000;

if (config.plan) import("./plan.js");
else import("./shell.js").then(({ openMap }) => openMap(config));
if (config.status) watch();

async function watch() {
  const bar = document.getElementById("what-if-bar");
  const count = document.getElementById("what-if-count");
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    try {
      const { done, total, ended } = await fetchJson(config.status);
      bar.value = done;
      count.textContent = `${done}/${total}`;
      if (ended) break;
    } catch (error) {
      console.warn(error);
      return;
    }
  }
  location.reload();
}
