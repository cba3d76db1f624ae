// What can be reached in time: a start, a vehicle, an hour and a slider; bands as polygons.
import { element, fetchJson, fill, Refusal, sendJson } from "./dom.js";
import { lines, textMark } from "./shell.js";

// From near to far, light enough to read the roads through; told apart in grey as well.
const COLOURS = ["var(--reach-1)", "var(--reach-2)", "var(--reach-3)", "var(--reach-4)", "var(--reach-5)", "var(--reach-6)"];
const WAIT_MS = 250;
const PANE = "reach"; // under closures and chosen roads
const MOST_PLACES = 20; // told by name; the map shows all

export class Reach {
  constructor({ map, layers, config }) {
    Object.assign(this, { map, layers, config });
    this.form = document.getElementById("reach");
    this.result = document.getElementById("reach-result");
    this.centre = document.getElementById("reach-centre");
    map.createPane(PANE).style.zIndex = 350;
    this.point = null;
    this.lost = { key: null, answer: null };
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => this.#changed());
    this.form.addEventListener("change", (event) => {
      if (event.target.tagName === "SELECT") this.#changed(); // some tools that choose send no input
    });
    this.centre.addEventListener("click", () => this.click(map.getCenter()));
  }

  /** Whether a click on the map names the start. */
  get choosing() {
    return this.form.elements.start.value === "point";
  }

  click(latlng) {
    this.point = latlng;
    this.#changed();
  }

  /** Ask again, for instance after a closure changed. */
  refresh() {
    this.lost.key = null;
    this.#changed();
  }

  /** Start from a station or team whose mark was chosen. */
  from(start) {
    this.form.elements.start.value = start;
    this.#changed();
  }

  #changed() {
    document.getElementById("reach-shown").textContent = this.form.elements.minutes.value;
    this.centre.hidden = !this.choosing;
    if (!this.choosing) this.point = null;
    clearTimeout(this.timer);
    this.abort?.abort();
    this.timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    const { start, minutes, profile, day, band } = this.form.elements;
    if (!start.value || (this.choosing && !this.point)) {
      this.#clear();
      this.result.replaceChildren(...(start.value ? [element("p", { className: "hint" }, this.config.texts.click_start)] : []));
      return;
    }
    const asked = { minutes: minutes.value, profile: profile.value, day: day.value, band: band.value };
    const key = JSON.stringify({ ...asked, minutes: 0, start: start.value, point: this.point });
    if (this.lost.key !== key) asked.unreachable = 1; // the slider does not change these
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.result.replaceChildren(element("p", { className: "hint" }, this.config.texts.reckoning));
    try {
      const answer = this.choosing
        ? await sendJson(this.config.reach, { ...asked, lon: this.point.lng, lat: this.point.lat }, this.config.csrf, { signal })
        : await fetchJson(`${this.config.reach}?${new URLSearchParams({ ...asked, start: start.value })}`, { signal });
      if (answer.unreachable) this.lost = { key, answer: answer.unreachable };
      this.#draw({ ...answer, unreachable: this.lost.answer });
    } catch (error) {
      if (error.name === "AbortError") return;
      console.debug(error);
      this.#clear();
      const text = error instanceof Refusal ? error.message : this.config.texts.failed;
      this.result.replaceChildren(element("p", { className: "flash flash--error", role: "alert" }, text));
    }
  }

  #clear() {
    this.map.getContainer().classList.remove("map--reach");
    this.layers.reach.clearLayers();
    this.layers.unreachable.clearLayers();
  }

  #draw({ start, bands, unreachable }) {
    const { texts } = this.config;
    this.#clear();
    this.map.getContainer().classList.add("map--reach");
    const step = bands.length > 1 ? (COLOURS.length - 1) / (bands.length - 1) : 0;
    const colour = (n) => COLOURS[Math.round(n * step)];
    bands.forEach((band, n) => {
      const shape = L.geoJSON(band.geometry, {
        style: { color: colour(n), weight: 1.4, fillColor: colour(n), fillOpacity: 0.42 },
        interactive: false,
        pane: PANE,
      });
      this.layers.reach.addLayer(shape);
    });
    this.layers.reach.addLayer(textMark({ ...start, className: "start-mark", text: "", size: 20, z: 900, title: texts.start }));
    this.#drawUnreachable(unreachable);
    const rows = bands.map(({ minutes, area_km2: area, road_km: km }, n) => {
      const swatch = element("i", { className: "swatch swatch--square" });
      swatch.style.setProperty("--tint", colour(n));
      return element("li", {}, swatch, fill(texts.within, { minutes }), element("b", {}, fill(texts.covers, { area: area.toFixed(1), km: km.toFixed(0) })));
    });
    this.result.replaceChildren(element("ul", { className: "class-list" }, ...rows), element("p", { className: "hint" }, texts.beside), ...this.#reasons(unreachable));
  }

  #place({ kind, label }) {
    return `${this.config.labels.spot_kind[kind]} ${label}`;
  }

  #drawUnreachable({ parts, places }) {
    for (const { geometry, reason } of parts) {
      L.geoJSON(geometry, { style: { color: "var(--unreachable)", weight: 4, opacity: 0.85, dashArray: "1 7" } })
        .bindTooltip(lines(reason), { sticky: true })
        .addTo(this.layers.unreachable);
    }
    for (const place of places) {
      L.circleMarker([place.lat, place.lon], { color: "var(--unreachable)", weight: 2, radius: 6, fillColor: "var(--card)", fillOpacity: 0.9 })
        .bindTooltip(lines(this.#place(place), place.reason))
        .addTo(this.layers.unreachable);
    }
  }

  #places(places) {
    const { texts } = this.config;
    if (!places.length) return [];
    const rows = places.slice(0, MOST_PLACES).map((one) => element("li", {}, `${this.#place(one)}${this.config.marks.colon}${one.reason}`));
    const more = places.length - rows.length;
    return [
      element("p", {}, element("b", {}, fill(texts.places_lost, { count: places.length }))),
      element("ul", { className: "report" }, ...rows),
      more ? element("p", { className: "hint" }, fill(texts.more_places, { count: more })) : null,
    ];
  }

  #reasons({ reasons, left_out: left, places }) {
    const { texts } = this.config;
    if (!reasons.length && !places.length) return [element("p", { className: "hint" }, texts.all_reached)];
    const rows = reasons.map(({ reason, roads, km }) => element("li", {}, `${reason}${this.config.marks.colon}${fill(texts.size, { roads, km: km.toFixed(1) })}`));
    const toggle = element("input", { type: "checkbox", checked: this.map.hasLayer(this.layers.unreachable) });
    toggle.addEventListener("change", () => {
      if (toggle.checked) this.map.addLayer(this.layers.unreachable);
      else this.map.removeLayer(this.layers.unreachable);
    });
    return [
      ...this.#places(places),
      rows.length ? element("p", {}, element("b", {}, texts.cannot)) : null,
      element("ul", { className: "report" }, ...rows),
      left ? element("p", { className: "hint" }, fill(texts.more_unreachable, { count: left })) : null,
      element("label", { className: "check" }, toggle, texts.show_unreachable),
    ].filter(Boolean);
  }
}
