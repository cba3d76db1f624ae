// Closures: drawn on the map by clicks or by its centre, weighed before they are kept, lifted.
import { element, fetchJson, fill, note, Refusal, sendJson } from "./dom.js";
import { lines } from "./shell.js";

const RED = "var(--danger)";
const COMING = "var(--closure-later)";
const TOUCH_PX = 18;

/** Show the closures; lets those who may draw and lift them. */
export class Closures {
  constructor({ map, layer, roads, config, onChange }) {
    Object.assign(this, { map, layer, roads, config, onChange });
    this.list = document.getElementById("closures");
    this.form = document.getElementById("closure");
    this.draft = L.layerGroup().addTo(map);
    this.mode = null;
    this.corners = [];
    this.chosen = new Map();
    if (this.form) this.#setUp();
  }

  /** Whether a click on the map belongs to a drawing. */
  get drawing() {
    return this.mode !== null;
  }

  async load() {
    const { closures } = await fetchJson(this.config.closures);
    this.layer.clearLayers();
    for (const one of closures) this.#show(one);
    const { texts } = this.config;
    this.list.replaceChildren(
      ...(closures.length ? closures.map((one) => this.#row(one)) : [element("li", { className: "hint" }, texts.no_closure)]),
    );
  }

  /** A click while drawing: a corner, or the road there. */
  click(latlng) {
    if (this.mode === "area") this.corners.push(latlng);
    else this.#pick(latlng);
    this.#redraw();
  }

  #show({ area, lines: drawn, reason, direction, in_force: now }) {
    const style = { color: now ? RED : COMING, weight: 3, dashArray: now ? null : "8 6", fillOpacity: 0.14 };
    const tooltip = () => lines(reason, now ? this.config.texts.in_force : this.config.texts.coming);
    const flip = ([lon, lat]) => [lat, lon];
    for (const part of area ?? []) {
      L.polygon(part.map((ring) => ring.map(flip)), style).bindTooltip(tooltip(), { sticky: true }).addTo(this.layer);
    }
    for (const line of drawn) {
      const path = line.map(flip);
      L.polyline(path, { color: "var(--under-line)", weight: 10, opacity: 0.9, interactive: false }).addTo(this.layer);
      L.polyline(path, { ...style, weight: 6 }).bindTooltip(tooltip(), { sticky: true }).addTo(this.layer);
      this.#sign(path, direction !== "both");
    }
  }

  /** A no-entry sign half-way; with an arrow where one way only is closed. */
  #sign(path, oneWay) {
    const points = path.map(([lat, lon]) => L.latLng(lat, lon));
    const n = Math.max(1, Math.floor(points.length / 2));
    const [a, b] = [this.map.project(points[n - 1], 18), this.map.project(points[n], 18)];
    const box = element("div", { className: "closed-mark" }, oneWay ? "→" : "");
    if (oneWay) box.style.transform = `rotate(${Math.atan2(b.y - a.y, b.x - a.x)}rad)`;
    const icon = L.divIcon({ html: box, className: "mark-frame", iconSize: [20, 20] });
    L.marker(this.map.unproject(a.add(b).divideBy(2), 18), { icon, interactive: false, keyboard: false }).addTo(this.layer);
  }

  #row(one) {
    const { texts } = this.config;
    const when = `${one.begin ?? texts.always} – ${one.end ?? texts.until_lifted}`;
    const size = fill(texts.size, { roads: one.roads, km: one.length_km.toFixed(1) });
    const look = element("button", { type: "button" }, texts.look);
    look.addEventListener("click", () => this.#look(one));
    const actions = element("div", { className: "actions" }, look);
    if (this.config.may_close) {
      const lift = element("button", { type: "button", ariaLabel: `${texts.lift} ${one.reason}` }, texts.lift);
      lift.addEventListener("click", () => this.#lift(one, lift));
      actions.append(lift);
    }
    return element(
      "li",
      {},
      element("p", {}, element("b", {}, one.reason), " ", element("span", { className: `tag tag--${one.in_force ? "block" : "warn"}` }, one.in_force ? texts.in_force : texts.coming)),
      element("p", { className: "hint" }, when, element("br"), size),
      one.unknown ? element("p", { className: "hint" }, fill(texts.unknown, { roads: one.unknown })) : null,
      actions,
    );
  }

  #look({ area, lines: drawn }) {
    const points = [...(area ?? []).flat(2), ...drawn.flat()].map(([lon, lat]) => [lat, lon]);
    if (points.length) this.map.fitBounds(L.latLngBounds(points), { padding: [40, 40], maxZoom: 17 });
    document.querySelector(".map-frame").scrollIntoView({ block: "nearest" });
  }

  async #lift(one, button) {
    if (button.dataset.sure !== "yes") {
      button.dataset.sure = "yes";
      button.textContent = this.config.texts.lift_sure;
      setTimeout(() => {
        button.dataset.sure = "";
        button.textContent = this.config.texts.lift;
      }, 6000);
      return;
    }
    button.disabled = true;
    try {
      await sendJson(this.config.lift.replace("{id}", encodeURIComponent(one.id)), {}, this.config.csrf);
      await this.load();
      this.onChange();
    } catch (error) {
      button.disabled = false;
      this.#say(error);
    }
  }

  #setUp() {
    this.bar = document.getElementById("draw-bar");
    this.save = this.form.querySelector('[value="save"]');
    this.effect = document.getElementById("effect");
    this.confirm = document.getElementById("confirm");
    for (const button of document.querySelectorAll("[data-draw]")) {
      button.addEventListener("click", () => this.#begin(button.dataset.draw));
    }
    this.more = document.getElementById("closure-more");
    this.more.addEventListener("click", () => this.#draw(this.kind));
    document.getElementById("closure-cancel").addEventListener("click", () => this.#end());
    this.bar.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act === "centre") this.click(this.map.getCenter());
      if (act === "undo") this.#undo();
      if (act === "done") this.#done();
    });
    this.map.getContainer().addEventListener("keydown", (event) => {
      if (!this.drawing || event.target !== this.map.getContainer()) return;
      if (event.key === "Enter") this.click(this.map.getCenter());
      if (event.key === "Backspace") this.#undo();
      if (event.key === "Escape") this.#end();
    });
    this.form.addEventListener("input", () => this.#stale());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(event.submitter?.value === "save");
    });
  }

  #begin(mode) {
    this.#end();
    this.kind = mode;
    this.form.hidden = false;
    this.#draw(mode);
  }

  #draw(mode) {
    this.mode = mode;
    this.more.hidden = true;
    this.bar.hidden = document.getElementById("crosshair").hidden = false;
    document.getElementById("draw-start").hidden = true;
    document.getElementById("closure-way").hidden = mode !== "roads";
    document.getElementById("draw-hint").textContent = mode === "area" ? this.config.texts.draw_area : this.config.texts.draw_roads;
    document.querySelector(".map-frame").scrollIntoView({ block: "nearest" });
    this.map.getContainer().focus({ preventScroll: true });
    this.#redraw();
  }

  #done() {
    this.mode = null;
    this.bar.hidden = document.getElementById("crosshair").hidden = true;
    this.more.hidden = false;
    this.form.scrollIntoView({ block: "center" });
    this.form.elements.reason.focus({ preventScroll: true });
  }

  #end() {
    this.mode = null;
    this.corners = [];
    this.chosen.clear();
    this.draft.clearLayers();
    this.form.reset();
    this.effect.replaceChildren();
    this.confirm.hidden = true;
    this.form.hidden = this.bar.hidden = document.getElementById("crosshair").hidden = true;
    document.getElementById("draw-start").hidden = false;
    this.#stale();
  }

  #pick(latlng) {
    const road = this.roads.nearest(latlng, TOUCH_PX);
    note(road ? "" : this.config.texts.no_road_here);
    if (!road) return;
    if (this.chosen.has(road.row)) this.chosen.delete(road.row);
    else this.chosen.set(road.row, road);
  }

  #undo() {
    if (this.mode === "area") this.corners.pop();
    else this.chosen.delete([...this.chosen.keys()].pop());
    this.#redraw();
  }

  #redraw() {
    this.draft.clearLayers();
    this.#stale();
    this.corners.forEach((corner, n) => this.#corner(corner, n));
    const style = { color: RED, weight: 3, dashArray: "4 5", interactive: false };
    this.shape = this.corners.length > 2 ? L.polygon(this.corners, { ...style, fillOpacity: 0.12 }) : L.polyline(this.corners, style);
    this.draft.addLayer(this.shape);
    for (const { line } of this.chosen.values()) {
      L.polyline(line, { color: RED, weight: 7, opacity: 0.8, interactive: false }).addTo(this.draft);
      this.#arrow(line);
    }
    const { texts } = this.config;
    document.getElementById("drawn").textContent =
      this.kind === "area" ? fill(texts.chosen_corners, { count: this.corners.length }) : this.#roadsText();
  }

  #roadsText() {
    const { texts } = this.config;
    if (!this.chosen.size) return texts.chosen_none;
    const names = new Set([...this.chosen.values()].map(({ name }) => name || texts.unnamed));
    return fill(texts.chosen_roads, { count: this.chosen.size, names: [...names].slice(0, 4).join(this.config.marks.list) });
  }

  #arrow(line) {
    const points = line.map(([lat, lon]) => this.map.project([lat, lon], 18));
    const n = Math.max(1, Math.floor(points.length / 2));
    const [a, b] = [points[n - 1], points[n]];
    const box = element("div", { className: "way-mark" }, "➜");
    box.style.transform = `rotate(${Math.atan2(b.y - a.y, b.x - a.x)}rad)`;
    const icon = L.divIcon({ html: box, className: "mark-frame", iconSize: [20, 20] });
    L.marker(this.map.unproject(a.add(b).divideBy(2), 18), { icon, interactive: false, keyboard: false }).addTo(this.draft);
  }

  #corner(corner, n) {
    const box = element("div", { className: "corner-mark" });
    const icon = L.divIcon({ html: box, className: "mark-frame", iconSize: [28, 28] });
    const title = fill(this.config.texts.corner, { number: n + 1 });
    const marker = L.marker(corner, { icon, draggable: true, title, alt: title, keyboard: false });
    marker.on("drag", () => {
      this.corners[n] = marker.getLatLng();
      this.shape.setLatLngs(this.corners);
      this.#stale();
    });
    this.draft.addLayer(marker);
  }

  #stale() {
    if (this.save) this.save.disabled = true;
  }

  #content() {
    const { reason, begin, end, direction, confirmed } = this.form.elements;
    return {
      reason: reason.value,
      begin: begin.value,
      end: end.value,
      direction: this.chosen.size ? direction.value : "both",
      area: this.corners.length ? this.corners.map(({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))]) : null,
      roads: [...this.chosen.keys()],
      version: this.config.version,
      confirmed: confirmed.checked,
    };
  }

  async #send(keep) {
    try {
      if (keep) {
        await sendJson(this.config.closures, this.#content(), this.config.csrf);
        this.#end();
        await this.load();
        this.onChange();
        return;
      }
      this.effect.replaceChildren(element("p", { className: "hint" }, this.config.texts.weighing));
      const effect = await sendJson(this.config.preview, this.#content(), this.config.csrf);
      this.#tell(effect);
      this.confirm.hidden = !effect.large;
      this.save.disabled = false;
      this.effect.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.#say(error);
    }
  }

  #tell({ roads, length_km: km, cut_off: cut, farther, weighed }) {
    const { texts, labels } = this.config;
    const place = ({ kind, label }) => `${labels.spot_kind[kind]} ${label}`;
    const parts = [element("p", {}, element("b", {}, fill(texts.effect, { roads, km: km.toFixed(1) })))];
    if (!weighed) parts.push(element("p", { className: "hint" }, texts.not_weighed));
    else if (!cut.length) parts.push(element("p", { className: "tag tag--good" }, texts.none_cut));
    if (cut.length) {
      parts.push(element("p", { className: "tag tag--block" }, fill(texts.cut, { count: cut.length })));
      parts.push(element("ul", { className: "report" }, ...cut.slice(0, 20).map((one) => element("li", {}, place(one)))));
      if (cut.length > 20) parts.push(element("p", { className: "hint" }, fill(texts.more_cut, { count: cut.length - 20 })));
    }
    if (farther.length) {
      parts.push(element("p", { className: "tag tag--warn" }, fill(texts.farther, { count: farther.length })));
      const worst = farther.slice(0, 5).map((one) => element("li", {}, `${place(one)} ${fill(texts.later, { minutes: one.minutes })}`));
      parts.push(element("ul", { className: "report" }, ...worst));
    }
    this.effect.replaceChildren(...parts);
  }

  #say(error) {
    console.debug(error);
    const text = error instanceof Refusal ? error.message : this.config.texts.failed;
    const told = element("p", { className: "flash flash--error", role: "alert" }, text);
    if (this.effect) this.effect.replaceChildren(told);
    this.#stale();
    told.scrollIntoView({ block: "nearest" });
  }
}
