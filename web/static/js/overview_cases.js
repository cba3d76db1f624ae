// The cases on the overview: the server tells what to draw where the map looks, however many there are.
import { onThemeChange } from "./colours.js";
import { fetchJson, fill, sendJson } from "./dom.js";
import { Sheet } from "./map_sheet.js";
import { MarkList } from "./overview_list.js";
import { caseMark, casesOf, clusterMark, loadFont, paintMark, paintStem } from "./overview_marks.js";

const MARGIN = 0.25;
const NEAR_M = 15;
const RENEWED_MS = 2000;
const SLACK_PX = 4; // around a mark: a finger is less sure than its point
const UNDER_STATIONS = 590;
const PAPER_DOTS = 3;
const counts = new Intl.NumberFormat(); // once: making it takes longer than using it

export class Cases {
  #map;
  #page;
  #config;
  #sheet;
  #list;
  #family;
  #marks = [];
  #wanted = {};
  #held = null;
  #asking = null;
  #renewing = null;

  constructor({ map, layer, page, config }) {
    this.#map = map;
    this.#page = page;
    this.#config = config;
    const pane = map.createPane("cases");
    pane.style.zIndex = UNDER_STATIONS;
    this.#family = getComputedStyle(map.getContainer()).fontFamily;
    this.#sheet = new Sheet({
      pane: "cases",
      className: "case-marks leaflet-zoom-hide", // other clusters come with each zoom
      padding: MARGIN,
      paperDots: PAPER_DOTS,
      paint: (context, box) => this.#paint(context, box),
    });
    this.#list = new MarkList({ map, pane, name: config.texts.marks, press: (mark) => this.#press(mark) });
    layer.addLayer(this.#sheet);
    layer.on("add remove", () => this.#list.hide(!map.hasLayer(layer)));
    map.on("moveend", () => this.#moved());
    map.on("click", ({ containerPoint }) => this.#press(this.#at(containerPoint)));
    map.on("mousemove", ({ containerPoint }) => this.#point(this.#at(containerPoint)));
    map.on("mouseout", () => this.#point(null));
    onThemeChange(() => this.repaint());
    loadFont(this.#family).then(() => this.repaint());
  }

  /** Show what is wanted where the map looks; resolves to the counts, null where it was overtaken. */
  async draw(wanted) {
    this.#wanted = wanted;
    this.#held = null;
    return this.#ask();
  }

  async #moved() {
    const held = this.#held;
    if (held?.zoom === this.#map.getZoom() && held.box.contains(this.#map.getBounds())) return;
    try {
      await this.#ask();
    } catch (error) {
      this.#page.failed(error);
    }
  }

  async #ask() {
    this.#asking?.abort();
    clearTimeout(this.#renewing);
    const asking = (this.#asking = new AbortController());
    const zoom = this.#map.getZoom();
    const box = this.#map.getBounds().pad(MARGIN);
    const query = new URLSearchParams({
      ...this.#wanted,
      colour: this.#page.colour(),
      zoom,
      west: Math.max(box.getWest(), -180),
      south: Math.max(box.getSouth(), -90),
      east: Math.min(box.getEast(), 180),
      north: Math.min(box.getNorth(), 90),
    });
    try {
      const answer = await fetchJson(`${this.#config.clusters}?${query}`, { signal: asking.signal });
      if (asking.signal.aborted) return null;
      this.#held = { zoom, box };
      this.#show(answer);
      this.#page.renewing(!answer.fresh);
      if (!answer.fresh) this.#renewing = setTimeout(() => this.#page.draw(), RENEWED_MS);
      return answer.counts;
    } catch (error) {
      if (asking.signal.aborted) return null;
      throw error;
    }
  }

  #show(answer) {
    const by = this.#page.colour();
    const cases = casesOf(answer).map((one) => caseMark(one, by));
    const clusters = answer.clusters.map((one) => clusterMark(one, by, fill(this.#config.texts.cluster, { count: counts.format(one[2]) })));
    this.#marks = [...cases, ...clusters].sort((a, b) => b.lat - a.lat || a.lon - b.lon);
    this.#list.show(this.#marks);
    this.#page.shown(this.#marks);
    this.repaint();
  }

  /** Paint the marks anew, as they are to be shown now. */
  repaint() {
    this.#sheet.repaint();
    this.#list.mark(this.#page.chosen());
  }

  #paint(context, box) {
    const chosen = this.#page.chosen();
    const isChosen = (mark) => mark.one !== undefined && mark.one.id === chosen;
    const last = this.#marks.filter(isChosen);
    for (const stem of this.#page.stems()) paintStem(context, stem, this.#map.latLngToLayerPoint(stem.at));
    for (const mark of [...this.#marks, ...last]) {
      const point = this.#map.latLngToLayerPoint([mark.lat, mark.lon]);
      if (box.contains(point)) paintMark(context, mark, point, { isChosen: isChosen(mark), family: this.#family });
    }
    this.#sheet.getElement().dataset.marks = this.#marks.length;
  }

  /** The mark at a point of the map's frame: the nearest of those that reach there. */
  #at(point) {
    if (!this.#map.hasLayer(this.#sheet)) return null;
    let found = null;
    let nearest = Infinity;
    for (const mark of this.#marks) {
      const far = this.#map.latLngToContainerPoint([mark.lat, mark.lon]).distanceTo(point);
      if (far > mark.radius + SLACK_PX || far - mark.radius > nearest) continue;
      [found, nearest] = [mark, far - mark.radius];
    }
    return found;
  }

  /** Tell what is under the mouse. */
  #point(mark) {
    const frame = this.#map.getContainer();
    frame.classList.toggle("map--on-mark", Boolean(mark));
    if (mark) frame.title = mark.title;
    else frame.removeAttribute("title");
  }

  #press(mark) {
    if (mark?.box) this.#open(mark.box);
    else this.#page.choose(mark?.one ?? null);
  }

  /** Look closer at a cluster, or list its cases where closer brings nothing. */
  async #open([west, south, east, north]) {
    const box = L.latLngBounds([south, west], [north, east]);
    const closest = this.#map.getMaxZoom();
    const here = this.#map.getZoom();
    const together = box.getSouthWest().distanceTo(box.getNorthEast()) < NEAR_M;
    if (!together && here < closest) {
      const zoom = Math.min(Math.max(this.#map.getBoundsZoom(box), here + 1), closest);
      this.#map.setView(box.getCenter(), zoom);
      return;
    }
    const { _southWest: low, _northEast: high } = box.pad(0.01);
    const e = 1e-6;
    const corners = [
      [low.lng - e, low.lat - e],
      [high.lng + e, low.lat - e],
      [high.lng + e, high.lat + e],
      [low.lng - e, high.lat + e],
    ];
    try {
      this.#page.list(await this.within({ corners }), this.#config.texts.here);
    } catch (error) {
      this.#page.failed(error);
    }
  }

  async find(id) {
    const url = this.#config.one.replace("CASE", encodeURIComponent(id));
    return casesOf(await fetchJson(url))[0];
  }

  async within({ corners }) {
    const body = { corners, filters: this.#wanted };
    const answer = await sendJson(this.#config.within, body, this.#config.token);
    return { cases: casesOf(answer), count: answer.count };
  }
}
