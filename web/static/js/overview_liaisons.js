// The grids that have a liaison, and whom to call there: read when asked, never with the map.
import { element, fetchJson, fill, sendJson } from "./dom.js";
import { lines, onPress, textMark } from "./shell.js";

/** Draw the marks; `show` takes what the side panel shows of a grid. */
export function drawLiaisons(layer, grids, { config, show, failed }) {
  for (const grid of grids) {
    const marker = textMark({
      ...grid,
      className: "liaison-mark",
      text: config.texts.liaison_letter,
      size: 22,
      shift: [12, -12],
      title: fill(config.texts.liaisons_of, { grid: grid.name }),
      z: 500,
    });
    marker.bindTooltip(lines(grid.name), { direction: "top", offset: [0, -14] });
    if (config.liaisons) onPress(marker, () => tell(grid, { config, show }).catch(failed));
    layer.addLayer(marker);
  }
}

async function tell(grid, { config, show }) {
  const address = config.liaisons.replace("GRID", encodeURIComponent(grid.code));
  const { liaisons } = await fetchJson(address);
  const title = fill(config.texts.liaisons_of, { grid: grid.name });
  show(title, liaisons.map((one) => person(one, config)), liaisons.some((one) => one.phone) ? [asked()] : []);

  function asked() {
    const button = element("button", { type: "button" }, config.texts.liaison_phone);
    button.addEventListener("click", async () => {
      const told = await sendJson(`${address}/show`, {}, config.token);
      show(title, told.liaisons.map((one) => person(one, config)), []);
    });
    return button;
  }
}

function person({ name, phone, dial }, { texts }) {
  const number = phone ?? texts.liaison_no_phone;
  const called = dial ? element("a", { href: dial }, number) : number;
  return element("p", {}, element("b", {}, name ?? "–"), " ", called);
}
