// The marks on the overview for keyboard and screen reader: one button for each, which lies over its mark
// so that a finger finds it, and is seen while it has the focus.
import { element } from "./dom.js";

const REST_MS = 300; // hundreds of elements are made once the map has come to rest
const EDGE_PX = 60;
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export class MarkList {
  #map;
  #press;
  #list;
  #marks = [];
  #next = null;
  #buttons = new Map();
  #chosen = null;
  #timer = null;

  /** `press` takes the mark that was pressed; `name` says what the list is. */
  constructor({ map, pane, name, press }) {
    this.#map = map;
    this.#press = press;
    this.#list = element("ul", { className: "mark-list", ariaLabel: name });
    pane.append(this.#list);
    this.#list.addEventListener("click", (event) => {
      event.stopPropagation();
      const mark = this.#markOf(event.target);
      if (mark) this.#press(mark);
    });
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("focusin", ({ target }) => this.#focused(target));
    map.on("zoomend viewreset", () => this.#place(document.activeElement));
    map.on("zoomstart viewreset", () => this.#lie(false));
    map.on("movestart", () => clearTimeout(this.#timer));
    map.on("moveend", () => this.#rest());
  }

  hide(hidden) {
    this.#list.hidden = hidden;
  }

  /** Show these marks once the map rests. */
  show(marks) {
    this.#next = marks;
    this.#lie(false);
    this.#rest();
  }

  #rest() {
    clearTimeout(this.#timer);
    if (this.#next) this.#timer = setTimeout(() => this.#fill(), REST_MS);
  }

  /** Tell which case is chosen. */
  mark(id) {
    for (const [key, on] of [[this.#chosen, false], [id, true]]) {
      const button = this.#buttons.get(key);
      if (on) button?.setAttribute("aria-current", "true");
      else button?.removeAttribute("aria-current");
    }
    this.#chosen = id;
  }

  #fill() {
    const marks = this.#next;
    this.#next = null;
    const focused = this.#markOf(document.activeElement);
    const before = this.#buttons;
    this.#marks = marks;
    this.#buttons = new Map(marks.map((mark) => [mark.key, before.get(mark.key) ?? this.#button(mark)]));
    const lines = [...this.#buttons.values()].map((button) => button.parentElement ?? element("li", {}, button));
    this.#list.replaceChildren(...lines);
    const first = this.#buttons.get(focused?.key) ?? lines[0]?.firstElementChild;
    for (const button of this.#buttons.values()) button.tabIndex = button === first ? 0 : -1;
    for (const button of this.#buttons.values()) this.#place(button);
    this.#lie(true);
    this.mark(this.#chosen);
    if (focused) first?.focus({ preventScroll: true });
  }

  /** Whether the buttons lie where the marks are, and take what is pressed there. */
  #lie(there) {
    this.#list.classList.toggle("mark-list--there", there);
  }

  #button({ key, one, title }) {
    const button = element("button", { type: "button", className: one ? "mark--case" : "mark--cluster", ariaLabel: title });
    button.dataset.key = key;
    return button;
  }

  #markOf(button) {
    const key = this.#list.contains(button) ? button.dataset.key : undefined;
    return key === undefined ? null : this.#marks.find((mark) => mark.key === key) ?? null;
  }

  /** An arrow leads to the nearest mark on that side. */
  #key(event) {
    const way = WAYS[event.key];
    const here = this.#markOf(event.target);
    if (!way || !here) return;
    event.preventDefault();
    event.stopPropagation();
    const from = this.#point(here);
    let found = null;
    let least = Infinity;
    for (const mark of this.#marks) {
      const { x, y } = this.#point(mark).subtract(from);
      const along = x * way[0] + y * way[1];
      const across = Math.abs(x * way[1]) + Math.abs(y * way[0]);
      if (mark === here || along <= 0 || across > along || along + 2 * across >= least) continue;
      [found, least] = [mark, along + 2 * across];
    }
    this.#buttons.get(found?.key)?.focus({ preventScroll: true });
  }

  #focused(button) {
    const mark = this.#markOf(button);
    if (!mark) return;
    for (const one of this.#buttons.values()) one.tabIndex = one === button ? 0 : -1;
    this.#place(button);
    this.#map.panInside([mark.lat, mark.lon], { padding: [EDGE_PX, EDGE_PX] });
  }

  /** Lay a button over its mark. */
  #place(button) {
    const mark = this.#markOf(button);
    if (!mark) return;
    const { x, y } = this.#point(mark);
    button.style.width = button.style.height = `${2 * mark.radius}px`;
    button.style.left = `${x - mark.radius}px`;
    button.style.top = `${y - mark.radius}px`;
  }

  #point({ lat, lon }) {
    return this.#map.latLngToLayerPoint([lat, lon]);
  }
}
