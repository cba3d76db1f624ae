// The map that folium framed: finds it and its layers, adds controls, base map and marks.
import { addBase } from "./base.js";
import { drawIn } from "./datum.js";
import { element } from "./dom.js";

const MARK = 26;
const FAR_BELOW_ZOOM = 13;
/** Marks keep clear of the scale at the foot of the map. */
const SCALE_PX = 24;

/**
 * Return `{map, layers, layBase}` of the page's frame, with controls and base map added. A page that
 * is yet to choose its view says `baseLater` and lays the base then: no tile is drawn for nothing.
 */
export function openMap(config, { baseLater = false } = {}) {
  const map = window[config.map];
  const layers = Object.fromEntries(
    Object.entries(config.layers).map(([key, name]) => [key, window[name]]),
  );
  map.attributionControl.remove();
  if (config.base.server) drawIn(map, config.base.server.datum); // before anything is drawn
  const layBase = () => addBase(map, config);
  if (!baseLater) layBase();
  L.control
    .zoom({
      position: "topleft",
      zoomInTitle: config.texts.zoom_in,
      zoomOutTitle: config.texts.zoom_out,
    })
    .addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 110 }).addTo(map);
  const far = () => map.getContainer().classList.toggle("map--far", map.getZoom() < FAR_BELOW_ZOOM);
  map.on("zoomend", far);
  far();
  return { map, layers, layBase };
}

/**
 * A mark that is no layer of its own for the browser: hundreds of layers, one for each mark, make
 * moving the map slow where no graphics card helps.
 */
export const FlatMarker = L.Marker.extend({
  /** A number says little to who hears it: the mark's name is its title. */
  _initIcon() {
    L.Marker.prototype._initIcon.call(this);
    if (!this.options.title) return;
    this._icon.setAttribute("aria-label", this.options.title);
    if (!this._icon.role) this._icon.role = "img"; // a name needs one, where no key acts on it
  },

  _setPos(at) {
    this._icon._leaflet_pos = at;
    this._icon.style.transform = `translate(${at.x}px, ${at.y}px)`;
    this._zIndex = at.y + this.options.zIndexOffset;
    this._resetZIndex();
  },
});

/** A mark whose content is text; `tint` colours it. */
export function textMark({ lat, lon, text = "", className, tint, size = MARK, title, shift, z = 0 }) {
  const box = element("div", { className });
  box.style.width = box.style.height = `${size}px`;
  if (tint) box.style.setProperty("--tint", tint);
  box.append(text);
  const [dx, dy] = shift ?? [0, 0];
  const icon = L.divIcon({
    html: box,
    className: "mark-frame",
    iconSize: [size, size],
    iconAnchor: [size / 2 - dx, size / 2 - dy],
  });
  return new FlatMarker([lat, lon], { icon, title, alt: title, zIndexOffset: z });
}

/** Act when a mark is clicked, or pressed by keyboard while it has the focus. */
export function onPress(mark, act) {
  mark.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    act();
  });
  mark.on("keydown", ({ originalEvent }) => {
    if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
    originalEvent.preventDefault();
    act();
  });
}

/** The element inside a mark, once the mark is on the map. */
export function markBox(marker) {
  return marker.getElement()?.firstElementChild ?? null;
}

/** Pixel shifts that keep marks at one and the same point apart. */
export function spread(points) {
  const groups = new Map();
  points.forEach(({ lon, lat }, index) => {
    const key = `${lon.toFixed(4)} ${lat.toFixed(4)}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(index);
  });
  const shifts = points.map(() => [0, 0]);
  for (const members of groups.values()) {
    if (members.length < 2) continue;
    const radius = Math.max(MARK * 0.55, (members.length * MARK) / (2 * Math.PI));
    members.forEach((index, n) => {
      const angle = (2 * Math.PI * n) / members.length - Math.PI / 2;
      shifts[index] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  }
  return shifts;
}

/** A tooltip of text lines. */
export function lines(...texts) {
  const box = element("div");
  for (const text of texts) if (text) box.append(element("div", {}, text));
  return box;
}

/** Show these points; a single one is shown at `closest`. */
export function fit(map, points, { closest = 15, padding = 44 } = {}) {
  if (points.length === 0) return;
  const bounds = L.latLngBounds(points.map(({ lon, lat }) => [lat, lon]));
  map.fitBounds(bounds, {
    paddingTopLeft: [padding, padding],
    paddingBottomRight: [padding, padding + SCALE_PX],
    maxZoom: closest,
    animate: false,
  });
}
