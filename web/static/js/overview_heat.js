// How many persons are to be expected where, by the part of the day: squares under the marks.
import { colour, onThemeChange } from "./colours.js";
import { element, fetchJson, fill } from "./dom.js";
import { lines } from "./shell.js";

// One hue after another, ever darker on a light map, so that the order shows without telling hues apart.
const COLOURS = ["heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];
const OPACITY = 0.62;
const AGAIN_MS = { first: 120, most: 700, growth: 1.4 };
const DIGITS = 2;

export class Heat {
  #map;
  #layer;
  #config;
  #form = document.getElementById("heat-form");
  #on = document.getElementById("heat-on");
  #slider = document.getElementById("heat-slider");
  #work = document.getElementById("heat-work");
  #bar = document.getElementById("heat-bar");
  #ticks = [...document.querySelectorAll(".heat-ticks li")];
  #data = null;
  #reading = false;
  #stopped = false;
  #squares = [];
  #changed;

  /** `changed` is told when the choice is another, for the page's address. */
  constructor({ map, layer, config, changed }) {
    this.#map = map;
    this.#layer = layer;
    this.#config = config;
    this.#changed = changed;
    const pane = map.createPane("heat");
    pane.style.zIndex = 350;
    pane.style.opacity = OPACITY; // of the whole: a small square hides the large one under it
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#on.addEventListener("input", () => (this.#on.checked ? layer.addTo(map) : layer.remove()));
    this.#form.addEventListener("input", ({ target }) => target !== this.#on && this.#draw());
    document.getElementById("heat-stop").addEventListener("click", () => this.#stop());
    layer.on("add", () => this.#switched(true));
    layer.on("remove", () => this.#switched(false));
    onThemeChange(() => this.#draw());
  }

  /** The choice as fields of the page's address. */
  address() {
    if (!this.#on.checked) return {};
    return { heat: this.#config.bands[this.#slider.value], day: this.#day() };
  }

  /** Take up a choice from the page's address. */
  read(given) {
    const band = this.#config.bands.indexOf(given.get("heat"));
    if (band < 0) return;
    this.#slider.value = band;
    for (const one of this.#form.elements.day) if (one.value === given.get("day")) one.checked = true;
    this.#layer.addTo(this.#map);
  }

  #day() {
    return this.#form.elements.day.value;
  }

  async #switched(on) {
    this.#on.checked = on;
    document.getElementById("heat-body").hidden = !on;
    this.#map.getPane("heat").hidden = !on;
    this.#draw();
    this.#stopped = false;
    if (!on || this.#reading || this.#data?.fresh) return;
    this.#reading = true;
    try {
      await this.#read();
    } catch (error) {
      console.warn(error);
      document.getElementById("heat-total").textContent = this.#config.texts.failed;
    } finally {
      this.#reading = false;
      this.#work.hidden = true;
    }
  }

  /** Ask until the answer is of the cases as they are; the server gives up what nobody asks for. */
  async #read() {
    let wait_ms = AGAIN_MS.first;
    while (this.#on.checked && !this.#stopped) {
      const answer = await fetchJson(this.#config.heat);
      if (this.#stopped) return;
      if (answer.ready) this.#take(answer);
      if (answer.ready && answer.fresh) return;
      this.#bar.value = answer.share;
      this.#work.hidden = false;
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
      wait_ms = Math.min(wait_ms * AGAIN_MS.growth, AGAIN_MS.most);
    }
  }

  #stop() {
    this.#stopped = true;
    this.#work.hidden = true;
    this.#on.focus();
    if (!this.#data) document.getElementById("heat-total").textContent = this.#config.texts.heat_stopped;
  }

  #take(answer) {
    this.#data = answer;
    this.#layer.clearLayers();
    const renderer = L.canvas({ pane: "heat", padding: 0.3 });
    this.#squares = answer.boxes.map(([west, south, east, north]) => {
      const square = L.rectangle([[south, west], [north, east]], { renderer, pane: "heat", weight: 0.6 });
      square.bindTooltip("", { sticky: true, opacity: 0.95 });
      return square;
    });
    this.#draw();
    for (const square of this.#squares) this.#layer.addLayer(square);
  }

  #draw() {
    const { texts, labels, bands } = this.#config;
    const at = Number(this.#slider.value);
    const tick = this.#ticks[at];
    const said = fill(texts.heat_band, { band: labels.visit_band[bands[at]], hours: tick.dataset.hours });
    document.getElementById("heat-band").textContent = said;
    this.#slider.setAttribute("aria-valuetext", said);
    for (const one of this.#ticks) one.classList.toggle("heat-tick--on", one === tick);
    this.#changed();
    const total = document.getElementById("heat-total");
    if (!this.#data) {
      total.textContent = this.#stopped ? texts.heat_stopped : texts.heat_reading;
      return;
    }
    const { expected, limits, cases, left_out: left } = this.#data;
    const values = expected[this.#day()].map((by) => by[at]);
    this.#squares.forEach((square, n) => {
      const name = COLOURS[limits.filter((limit) => values[n] >= limit).length];
      square.setStyle({ color: colour("mark-edge"), fillColor: colour(name), fillOpacity: 1, opacity: 1 });
      const text = fill(texts.heat_cell, { count: figure(values[n]), cases: cases[n] });
      square.setTooltipContent(lines(text, said));
    });
    const sum = this.#data.total[this.#day()][at];
    total.textContent = values.length ? fill(texts.heat_total, { count: figure(sum) }) : fill(texts.heat_none, this.#config);
    document.getElementById("heat-left").textContent = left ? fill(texts.heat_left, { count: left.toLocaleString() }) : "";
    this.#drawLegend(values, limits);
  }

  #drawLegend(values, limits) {
    const { texts } = this.#config;
    const rows = COLOURS.map((name, n) => {
      const low = n ? figure(limits[n - 1]) : null;
      const high = n < limits.length ? figure(limits[n]) : null;
      const text = n === 0 ? fill(texts.heat_first, { count: high }) : high ? fill(texts.heat_between, { low, high }) : fill(texts.heat_last, { count: low });
      const swatch = element("i", { className: "swatch swatch--heat" });
      swatch.style.setProperty("--tint", `var(--${name})`);
      const count = values.filter((value) => limits.filter((limit) => value >= limit).length === n).length;
      return element("li", {}, swatch, text, element("b", {}, count.toLocaleString()));
    });
    document.getElementById("heat-legend").replaceChildren(...(values.length ? rows : []));
  }
}

/** A count of persons with as many digits as it bears. */
function figure(value) {
  return value >= 10 ? Math.round(value).toLocaleString() : String(Number(value.toPrecision(DIGITS)));
}
