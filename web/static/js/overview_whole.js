// Cases that the page holds all of: filtered, counted and clustered here.
import { caseMark, casesOf, clusterIcon, paint } from "./overview_marks.js";

export class WholeCases {
  #cases;
  #marks = new Map();
  #shown = [];
  #layer;
  #page;

  constructor(table, { layer, page }) {
    this.#layer = layer;
    this.#page = page;
    layer.options.maxClusterRadius = (zoom) => (zoom >= 16 ? 14 : zoom >= 14 ? 34 : 52);
    layer.options.chunkedLoading = false;
    layer.options.iconCreateFunction = (cluster) => this.#icon(cluster);
    layer.clearLayers();
    this.#cases = casesOf(table);
    for (const one of this.#cases) if (one.lon !== null) this.#marks.set(one.id, caseMark(one, page));
  }

  #icon(cluster) {
    const by = this.#page.colour();
    const members = cluster.getAllChildMarkers();
    const counts = new Map();
    for (const { one } of members) counts.set(one[by], (counts.get(one[by]) ?? 0) + 1);
    return clusterIcon(by, counts, members.length);
  }

  /** Show what is wanted; resolves to the counts. */
  async draw(wanted) {
    const pairs = Object.entries(wanted);
    this.#shown = this.#cases.filter((one) => pairs.every(([name, code]) => one[name] === code));
    this.#layer.clearLayers();
    this.#layer.addLayers(this.#shown.filter((one) => one.lon !== null).map((one) => this.#marks.get(one.id)));
    const by = this.#page.colour();
    const legend = {};
    for (const one of this.#shown) legend[one[by]] = (legend[one[by]] ?? 0) + 1;
    return {
      shown: this.#shown.length,
      all: this.#cases.length,
      unlocated: this.#shown.filter((one) => one.lon === null).length,
      legend,
    };
  }

  async find(id) {
    return this.#cases.find((one) => one.id === id) ?? null;
  }

  async within({ holds }) {
    const cases = this.#shown.filter((one) => one.lon !== null && holds(one));
    return { cases, count: cases.length };
  }

  repaint(id) {
    const mark = this.#marks.get(id);
    if (mark) paint(mark, this.#page);
  }
}
