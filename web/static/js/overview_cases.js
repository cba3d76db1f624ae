// The cases on the overview: the server tells what to draw where the map looks, however many there are.
import { fetchJson, fill, sendJson } from "./dom.js";
import { caseMark, casesOf, clusterIcon, paint } from "./overview_marks.js";
import { FlatMarker, onPress } from "./shell.js";

const MARGIN = 0.25;
const NEAR_M = 15;
const RENEWED_MS = 2000;

export class Cases {
  #map;
  #page;
  #config;
  #layer;
  #marks = new Map();
  #drawn = new Map();
  #wanted = {};
  #held = null;
  #asking = null;
  #renewing = null;

  constructor({ map, layer, page, config }) {
    this.#map = map;
    this.#page = page;
    this.#config = config;
    this.#layer = layer;
    map.options.markerZoomAnimation = false; // other clusters come with each zoom
    map.on("moveend", () => this.#moved());
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

  /** Draw what is new, leave what stays where it is: making hundreds of marks takes a while. */
  #show(answer) {
    const by = this.#page.colour();
    const before = this.#drawn;
    this.#drawn = new Map();
    this.#marks.clear();
    const keep = (key, make) => {
      const mark = before.get(key) ?? make().addTo(this.#layer);
      before.delete(key);
      this.#drawn.set(key, mark);
      return mark;
    };
    for (const one of casesOf(answer)) {
      const key = JSON.stringify([by, Object.values(one)]);
      this.#marks.set(one.id, keep(key, () => caseMark(one, this.#page)));
    }
    for (const cluster of answer.clusters) keep(JSON.stringify([by, cluster]), () => this.#cluster(cluster));
    for (const mark of before.values()) this.#layer.removeLayer(mark);
  }

  #cluster([lon, lat, count, mix, [west, south, east, north]]) {
    const mark = new FlatMarker([lat, lon], {
      icon: clusterIcon(this.#page.colour(), mix, count),
      title: fill(this.#config.texts.cluster, { count: count.toLocaleString() }),
    });
    const box = L.latLngBounds([south, west], [north, east]);
    onPress(mark, () => this.#open(box));
    return mark;
  }

  /** Look closer at a cluster, or list its cases where closer brings nothing. */
  async #open(box) {
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

  repaint(id) {
    const mark = this.#marks.get(id);
    if (mark) paint(mark, this.#page);
  }
}
