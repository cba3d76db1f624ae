// The lanes of the plan board: a time axis for each team of a day, its stops as blocks.
import { element, fill } from "./dom.js";

const SNAP_S = 300;
const HOUR_S = 3600;

export function clock(second) {
  const minutes = Math.floor(second / 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** The last number of a case, which tells cases of a plan apart at a glance. */
export function shortTitle(title) {
  return /(\d+号)$/.exec(title)?.[1] ?? title;
}

export class Lanes {
  constructor(box, texts, { name, onChoose }) {
    this.box = box;
    this.texts = texts;
    this.name = name;
    this.onChoose = onChoose;
    this.tracks = new Map();
    this.blocks = new Map();
    this.begin = 0;
    this.end = 1;
  }

  draw(lanes, findings, chosen) {
    this.begin = HOUR_S * Math.floor(Math.min(...lanes.map((one) => Math.min(one.start_s, one.leave_s ?? one.start_s))) / HOUR_S);
    this.end = HOUR_S * Math.ceil(Math.max(...lanes.map((one) => Math.max(one.end_s + one.overtime_s, one.return_s ?? 0))) / HOUR_S);
    this.tracks.clear();
    this.blocks.clear();
    this.box.replaceChildren(this.#axis(), ...lanes.map((one) => this.#lane(one, findings)));
    this.choose(chosen);
  }

  #axis() {
    const row = element("div", { className: "lane-axis", ariaHidden: "true" });
    for (let at = this.begin; at <= this.end; at += HOUR_S) {
      const tick = element("span", {}, String(Math.floor(at / HOUR_S)));
      tick.style.left = this.#share(at);
      row.append(tick);
    }
    return row;
  }

  #lane(lane, findings) {
    const track = element("div", { className: "lane-track" });
    track.dataset.shift = lane.shift;
    track.style.setProperty("--tint", lane.colour);
    track.style.setProperty("--hour", `${(100 * HOUR_S) / (this.end - this.begin)}%`);
    this.tracks.set(lane.shift, track);
    const [open, close] = lane.open ?? [this.end, this.end];
    this.#outside(track, "band--dark", ...lane.light);
    this.#outside(track, "band--closed", open, close);
    this.#outside(track, "band--off", lane.start_s, lane.end_s + lane.overtime_s);
    for (const [from, until] of lane.breaks) this.#band(track, "band--rest", from, until);
    if (lane.leave_s !== null) this.#band(track, "band--way", lane.leave_s, lane.return_s);
    const stops = element("ol", { className: "lane-stops" });
    for (const stop of lane.stops) stops.append(this.#stop(stop, lane, findings));
    track.append(stops);
    if (!lane.stops.length) track.append(element("p", { className: "lane-empty hint" }, this.texts.empty_lane));
    const work = lane.stops.filter((one) => one.subject).length;
    const hours = fill(this.texts.hours, { begin: clock(lane.start_s), end: clock(lane.end_s + lane.overtime_s), sunset: clock(lane.light[1]) });
    const name = element(
      "div",
      { className: "lane-name" },
      element("b", {}, lane.name),
      element("small", {}, fill(this.texts.visits, { count: work, travel: Math.round(lane.travel_s / 60) })),
      element("small", { className: "lane-hours" }, hours),
    );
    name.style.setProperty("--tint", lane.colour);
    return element("div", { className: "lane", role: "listitem" }, name, track);
  }

  #stop(stop, lane, findings) {
    const item = element("li", { className: `block block--${stop.kind}` });
    this.#place(item, stop.start_s, stop.departure_s);
    if (!stop.subject) {
      item.append(element("span", { className: "block-rest" }, `${stop.title} ${clock(stop.start_s)}`));
      return item;
    }
    const who = this.name(stop.subject);
    const marks = [];
    if (stop.lock) marks.push(stop.lock === "minute" ? this.texts.locked_minute : this.texts.locked);
    if (stop.frozen) marks.push(this.texts.frozen);
    if (stop.joint) marks.push(stop.second ? this.texts.second : this.texts.joint);
    if (stop.fetched) marks.push(this.texts.fetched);
    if (stop.escort) marks.push(`${this.texts.escort} ${stop.escort_label}`);
    if (stop.findings.length) marks.push(fill(this.texts.findings, { count: stop.findings.length }));
    const button = element("button", { type: "button", className: "visit" });
    button.dataset.ref = stop.ref;
    button.dataset.shift = lane.shift;
    button.setAttribute("aria-keyshortcuts", "Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown Shift+Enter");
    button.append(
      element("b", {}, element("i", { className: "visit-number" }, String(stop.number)), shortTitle(stop.title)),
      element("time", {}, clock(stop.start_s)),
      element("span", { className: "visit-who" }, who || stop.title),
      element("small", { className: "visit-marks" }, marks.join(" · ")),
      element("span", { className: "visually-hidden" }, [lane.name, stop.title, who, ...marks].join(" ")),
    );
    button.title = [`${clock(stop.start_s)}–${clock(stop.departure_s)} ${stop.title}`, who, ...marks].filter(Boolean).join("\n");
    button.classList.toggle("visit--locked", Boolean(stop.lock));
    button.classList.toggle("visit--frozen", stop.frozen);
    button.classList.toggle("visit--joint", stop.joint);
    button.classList.toggle("visit--escort", Boolean(stop.escort));
    button.classList.toggle("visit--touched", stop.touched);
    button.classList.toggle("visit--sign", stop.findings.some((index) => ["sign_off", "block"].includes(findings[index].verdict)));
    button.addEventListener("click", () => this.onChoose(stop, lane));
    item.append(button);
    this.blocks.set(`${lane.shift} ${stop.ref}`, item);
    return item;
  }

  /** Mark the chosen stop; of what two teams do, the other's too. */
  choose(chosen) {
    for (const one of this.box.querySelectorAll(".visit")) {
      const same = Boolean(chosen?.ref) && one.dataset.ref === chosen.ref;
      one.classList.toggle("visit--chosen", same);
      one.setAttribute("aria-pressed", String(same && one.dataset.shift === chosen.shift));
    }
  }

  /** Shade when the chosen stop may begin, where it may not by law, and when police come along. */
  showRoom(told, lanes) {
    for (const old of this.box.querySelectorAll(".band--room, .band--barred, .band--police")) old.remove();
    for (const lane of told ? lanes : []) {
      const track = this.tracks.get(lane.shift);
      if (!track) continue;
      for (const [from, until] of told.room[lane.shift] ?? []) this.#band(track, "band--room", from, until + SNAP_S / 2);
      for (const [from, until] of told.escorts[lane.day] ?? []) this.#band(track, "band--police", from, until);
      const windows = told.windows[lane.day] ?? [];
      let from = this.begin;
      for (const [begin, end] of [...windows, [this.end, this.end]]) {
        this.#band(track, "band--barred", from, begin);
        from = Math.max(from, end);
      }
    }
  }

  /** Show stops where a try puts them; `null` puts all back. */
  preview(told, leaving = "") {
    for (const old of this.box.querySelectorAll(".block--tried")) old.remove();
    for (const item of this.blocks.values()) {
      this.#place(item, Number(item.dataset.start), Number(item.dataset.end), false);
      item.classList.remove("block--leaving");
    }
    if (!told) return;
    for (const shift of leaving ? this.tracks.keys() : []) this.blocks.get(`${shift} ${leaving}`)?.classList.add("block--leaving");
    for (const one of told.stops) {
      const item = this.blocks.get(`${one.shift} ${one.ref}`);
      if (one.ref === told.ref) this.#tried(told, one);
      else if (item && one.kind !== "pick_up") this.#place(item, one.start_s, one.departure_s, false);
    }
  }

  #tried(told, stop) {
    const fetch = stop.kind === "pick_up";
    const item = element("li", { className: `block block--tried${told.lawful ? "" : " block--fault"}${fetch ? " block--fetch" : ""}`, ariaHidden: "true" }, fetch ? "" : element("time", {}, clock(stop.start_s)));
    this.#place(item, stop.start_s, stop.departure_s, false);
    this.tracks.get(stop.shift)?.querySelector(".lane-stops").append(item);
  }

  /** The shift and the second, snapped, under a point of the window; null beside the lanes. */
  under(x, y, before = 0) {
    for (const [shift, track] of this.tracks) {
      const box = track.getBoundingClientRect();
      if (y >= box.top && y <= box.bottom && x >= box.left - 40 && x <= box.right + 40) {
        const second = this.begin + ((x - before - box.left) / box.width) * (this.end - this.begin);
        return { shift, start_s: Math.max(0, Math.round(second / SNAP_S) * SNAP_S) };
      }
    }
    return null;
  }

  #share(second) {
    return `${(100 * (second - this.begin)) / (this.end - this.begin)}%`;
  }

  #place(item, start, end, keep = true) {
    if (keep) Object.assign(item.dataset, { start, end });
    item.style.left = this.#share(start);
    item.style.width = `${(100 * (end - start)) / (this.end - this.begin)}%`;
  }

  #outside(track, className, from, until) {
    this.#band(track, className, this.begin, from);
    this.#band(track, className, until, this.end);
  }

  #band(track, className, from, until) {
    const start = Math.max(from, this.begin);
    const end = Math.min(until, this.end);
    if (end <= start) return;
    const band = element("i", { className: `band ${className}`, ariaHidden: "true" });
    this.#place(band, start, end, false);
    track.prepend(band);
  }
}
