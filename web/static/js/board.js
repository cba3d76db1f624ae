// The plan board: a working draft changed by dragging or by menu, tried on the server as it goes.
import { Lanes, clock, shortTitle } from "./board_lanes.js";
import { element, fetchJson, fill, note, readConfig, Refusal, sendJson, within } from "./dom.js";
import { fit, lines as linesOf, openMap, spread, textMark } from "./shell.js";

const WAIT_MS = 50;
const DRAG_PX = 5;
const STEP_S = 300;
const OFFERED = 12;
const REST_MS = 400;
const config = readConfig();
const { texts, names, csrf } = config;
const { map, layers } = openMap(config);
const page = document.getElementById("board");
const at = (id) => document.getElementById(id);
const lanes = new Lanes(at("lanes"), texts, { name: (subject) => names[subject]?.name ?? "", onChoose: (stop, lane) => choose({ ...stop, shift: lane.shift }) });
let board = null;
let ways = {};
let day = document.querySelector('[data-day][aria-pressed="true"]')?.dataset.day ?? "";
let chosen = null;
let drag = null;
let waiting = 0;
let asked = null;
let fitted = "";
let pointed = null;

for (const chip of document.querySelectorAll("[data-day]")) {
  chip.addEventListener("click", () => turnTo(chip));
}
for (const act of ["undo", "redo", "discard"]) {
  at(act).addEventListener("click", () => step({ act }, { undo: texts.undone, redo: texts.redone, discard: texts.discarded }[act]));
}
at("choice-close").addEventListener("click", () => {
  choose(null);
  hush();
});
at("choice-form").addEventListener("submit", (event) => {
  event.preventDefault();
  commit(asWritten(), chosen.title);
});
for (const field of ["to-shift", "to-beside", "to-time"]) {
  at(field).addEventListener("change", () => {
    if (chosen) attempt(asWritten());
  });
}
at("lanes").addEventListener("keydown", (event) => {
  const button = event.target.closest(".visit");
  if (!button || !event.shiftKey) return;
  if (event.key === "Enter" && chosen?.ref === button.dataset.ref && isFree(chosen)) {
    event.preventDefault();
    commit(asWritten(), chosen.title);
  }
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  nudge(stopOf(button.dataset.shift, button.dataset.ref), event.key);
});
at("swap-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [shift, other] = JSON.parse(at("swap-with").value);
  commit({ kind: "swap", ref: chosen.ref, second: Boolean(chosen.second), other, other_second: Boolean(stopOf(shift, other)?.second) }, chosen.title);
});
at("choice-acts").addEventListener("click", (event) => {
  const act = event.target.dataset.act;
  if (!act || !chosen) return;
  const { ref, subject } = chosen;
  const change = {
    lock: { kind: "lock", ref, minute: false },
    lock_minute: { kind: "lock", ref, minute: true },
    unlock: { kind: "unlock", ref },
    out: { kind: "takeout", ref },
    bar: { kind: "bar", subject },
  }[act];
  commit(change, chosen.title);
});
at("left-find").addEventListener("input", drawLeft);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (drag) endDrag();
  else choose(null);
  hush();
});
at("lanes").addEventListener("pointerdown", (event) => {
  const button = event.target.closest(".visit");
  if (button) grab(event, button, stopOf(button.dataset.shift, button.dataset.ref));
});
at("left-out").addEventListener("pointerdown", (event) => {
  const line = event.target.closest("[data-subject]");
  const one = line && !event.target.closest("button") && board.left_out.find((each) => each.subject === line.dataset.subject);
  if (one && !one.barred) grab(event, line, { ...one, ref: "" });
});
for (const kind of ["pointerover", "pointerleave", "focusin", "focusout"]) at("left-out").addEventListener(kind, point);
load();

async function load() {
  try {
    take(await fetchJson(config.board));
    note("");
  } catch (error) {
    console.warn(error);
    note(error instanceof Refusal ? error.message : texts.failed);
  }
}

function take(answer) {
  board = answer;
  page.dataset.number = board.number;
  at("save-number").value = board.number;
  at("undo").disabled = !board.can_undo;
  at("redo").disabled = !board.can_redo;
  at("discard").disabled = at("save").disabled = !board.changed;
  at("board-state").hidden = !board.changed;
  at("board-stale").hidden = !board.beside;
  if (board.beside) at("board-stale").querySelector("a").href = board.beside;
  const kept = chosen && (stopOf(chosen.shift, chosen.ref) ?? stopAnywhere(chosen.subject));
  draw();
  choose(kept ?? null);
  loadWays();
}

async function loadWays() {
  try {
    ways = (await fetchJson(config.lines)).lines;
    drawMap();
  } catch (error) {
    console.warn(error);
  }
}

function shown() {
  return board.lanes.filter((lane) => lane.day === day);
}

function stopOf(shift, ref) {
  const lane = board.lanes.find((one) => one.shift === shift);
  const stop = lane?.stops.find((one) => ref && one.ref === ref && one.subject);
  return stop && { ...stop, shift };
}

function stopAnywhere(subject) {
  for (const lane of board.lanes) {
    const stop = lane.stops.find((one) => one.subject === subject);
    if (stop) return { ...stop, shift: lane.shift };
  }
  return null;
}

/** Show the day of a chip. */
function turnTo(chip) {
  day = chip.dataset.day;
  for (const other of document.querySelectorAll("[data-day]")) other.setAttribute("aria-pressed", String(other === chip));
  draw();
}

function draw() {
  lanes.draw(shown(), board.findings, chosen);
  drawFigures(board.figures, board.change);
  drawLeft();
  drawDifferences();
  drawMap();
}

function drawFigures(figures, change) {
  for (const box of document.querySelectorAll("[data-figure]")) {
    const name = box.dataset.figure;
    const digits = { found: 2, value: 1, price: 1 }[name] ?? 0;
    const by = name === "travel_s" ? 60 : 1;
    const more = change[name] / by;
    box.querySelector("b").textContent = (figures[name] / by).toFixed(digits);
    const small = box.querySelector("small");
    const told = Math.abs(more) >= 0.5 * 10 ** -digits;
    small.textContent = told ? `${more > 0 ? "+" : "−"}${Math.abs(more).toFixed(digits)}` : "";
    const better = ["price", "travel_s"].includes(name) ? more < 0 : more > 0;
    small.className = told ? (better ? "better" : "worse") : "";
  }
}

function drawLeft() {
  if (!board) return;
  const wanted = at("left-find").value.trim();
  const fitting = board.left_out.filter((one) => !wanted || one.title.includes(wanted) || (names[one.subject]?.name ?? "").includes(wanted));
  at("left-count").textContent = String(board.left_out.length);
  at("left-out").replaceChildren(
    ...fitting.slice(0, 60).map((one) => {
      const button = element("button", { type: "button", className: "button--quiet" }, one.barred ? texts.restore : texts.add);
      button.addEventListener("click", () => (one.barred ? commit({ kind: "unbar", subject: one.subject }, one.title) : choose({ ...one, ref: "" })));
      const facts = [names[one.subject]?.name, one.is_duty ? "" : `${texts.p_found} ${within(one.p_found, one.p_range)}`, one.barred ? texts.barred : one.reason];
      const line = element("li", {}, element("span", {}, element("b", {}, one.title), element("small", { className: "hint" }, facts.filter(Boolean).join(" · "))), button);
      line.dataset.subject = one.subject;
      line.classList.toggle("left-out--barred", one.barred);
      line.classList.toggle("left-out--far", !one.days.includes(day));
      return line;
    }),
  );
}

function drawDifferences() {
  const told = (slot) => fill(texts.where, { team: slot.team, day: slot.day.slice(5), at: clock(slot.start_s) });
  at("differences").replaceChildren(
    ...(board.differences.length
      ? board.differences.map((one) =>
          element(
            "li",
            { className: `change change--${one.kind}` },
            element("p", {}, element("span", { className: "tag" }, one.label), " ", element("b", {}, one.title)),
            element("p", { className: "numbers" }, [one.was, one.now].filter(Boolean).map(told).join(" → ")),
          ),
        )
      : [element("li", { className: "hint" }, texts.no_changes)]),
  );
}

function drawMap() {
  layers.lines.clearLayers();
  layers.stops.clearLayers();
  const stops = [];
  for (const lane of shown()) {
    const straight = [lane.base, ...lane.stops.map(({ lon, lat }) => [lon, lat]), lane.base];
    const path = (ways[lane.shift] ?? straight).map(([lon, lat]) => [lat, lon]);
    if (lane.stops.length) {
      L.polyline(path, { color: "var(--under-line)", weight: 7, opacity: 0.85, interactive: false }).addTo(layers.lines);
      L.polyline(path, { color: lane.colour, weight: 3.5, opacity: 0.9 }).addTo(layers.lines).bindTooltip(linesOf(lane.name), { sticky: true });
    }
    stops.push(...lane.stops.filter((one) => one.subject).map((one) => ({ ...one, lane })));
    layers.stops.addLayer(textMark({ lon: lane.base[0], lat: lane.base[1], text: texts.base_letter, className: "stop-mark stop-mark--base", tint: "var(--ink)", size: 28, title: texts.base }));
  }
  const shifts = spread(stops);
  stops.forEach((stop, n) => {
    const on = stop.ref === chosen?.ref;
    const mark = textMark({
      ...stop,
      text: String(stop.number),
      className: `stop-mark${stop.kind === "duty" ? " stop-mark--duty" : ""}${on ? " stop-mark--chosen" : ""}`,
      tint: stop.lane.colour,
      title: `${stop.lane.name} ${stop.number}`,
      shift: shifts[n],
      z: on ? 2000 : 300,
    });
    mark.bindTooltip(linesOf(`${stop.lane.name} · ${clock(stop.start_s)}`, stop.title), { direction: "top", offset: [shifts[n][0], shifts[n][1] - 12] });
    mark.on("click", () => choose({ ...stop, shift: stop.lane.shift }));
    layers.stops.addLayer(mark);
  });
  drawCandidate(pointed ?? (chosen && !chosen.ref ? chosen : null));
  if (fitted !== day && stops.length) {
    fitted = day;
    map.invalidateSize({ pan: false }); // the lanes have taken their room by now
    fit(map, stops);
  }
}

/** Show where one who is in no route may be visited, and bring it into view. */
function drawCandidate(one) {
  layers.candidates.clearLayers();
  const places = (one?.places ?? []).map(([lon, lat]) => ({ lon, lat }));
  places.forEach(({ lon, lat }, n) => {
    const mark = textMark({ lon, lat, text: n ? "" : "+", className: `stop-mark stop-mark--candidate${n ? " stop-mark--other" : ""}`, size: n ? 18 : 30, title: `${texts.candidate} ${one.title}`, z: 1500 });
    mark.bindTooltip(linesOf(one.title, names[one.subject]?.name ?? ""), { direction: "top", offset: [0, -14] });
    layers.candidates.addLayer(mark);
  });
  if (places.length && !map.getBounds().pad(-0.1).contains([places[0].lat, places[0].lon])) map.panInside([places[0].lat, places[0].lon], { padding: [60, 60], animate: false });
}

/** Point at a line of those who are in no route. */
function point(event) {
  const line = event.target.closest?.("[data-subject]");
  const one = line && event.type !== "pointerleave" && event.type !== "focusout" ? board?.left_out.find((each) => each.subject === line.dataset.subject) : null;
  if (one === pointed) return;
  pointed = one ?? null;
  drawCandidate(pointed ?? (chosen && !chosen.ref ? chosen : null));
}

/** Choose a stop of the plan, or who is in none (with an empty `ref`). */
function choose(one) {
  chosen = one;
  lanes.choose(one);
  lanes.preview(null);
  lanes.showRoom(null);
  at("choice").hidden = !one;
  if (board) {
    drawMap();
    drawFigures(board.figures, board.change);
  }
  if (!one) return;
  at("choice-title").textContent = [one.title, names[one.subject]?.name].filter(Boolean).join(" ");
  const lane = board.lanes.find((each) => each.shift === one.shift);
  at("choice-where").textContent = lane ? fill(texts.where, { team: lane.name, day: lane.day.slice(5), at: `${clock(one.start_s)}–${clock(one.departure_s)}` }) : texts.not_there;
  at("choice-findings").replaceChildren(
    ...(one.findings ?? []).map((index) => findingLine(board.findings[index])),
    ...(one.escort ? [element("li", {}, `${texts.escort} ${one.escort_label}`)] : []),
  );
  const fixed = !isFree(one);
  at("choice-form").hidden = fixed;
  at("swap-form").hidden = fixed || !one.ref;
  at("choice-acts").hidden = !one.ref || one.frozen;
  for (const button of at("choice-acts").children) {
    const act = button.dataset.act;
    button.hidden = act === "unlock" ? !one.lock : act === "lock" ? one.lock === "shift" : act === "lock_minute" ? one.lock === "minute" : Boolean(one.lock);
  }
  at("to-go").textContent = one.ref ? at("to-go").dataset.move : texts.add;
  at("to-shift").replaceChildren(
    ...board.lanes.map((each) => element("option", { value: each.shift, selected: each.shift === one.shift }, `${each.name} ${each.day.slice(5)}`)),
  );
  if (!one.ref) at("to-shift").value = (shown().find((each) => one.days.includes(each.day)) ?? board.lanes.find((each) => one.days.includes(each.day)) ?? board.lanes[0]).shift;
  at("to-time").value = "";
  at("beside-box").hidden = !one.joint;
  at("to-beside").replaceChildren(
    element("option", { value: "" }, texts.any_team),
    ...board.lanes.map((each) => element("option", { value: each.shift }, `${each.name} ${each.day.slice(5)}`)),
  );
  at("offers").hidden = true;
  at("swap-with").replaceChildren(
    ...board.lanes.flatMap((each) =>
      each.stops
        .filter((stop) => stop.subject && stop.ref !== one.ref && isFree(stop))
        .map((stop) => element("option", { value: JSON.stringify([each.shift, stop.ref]) }, `${each.name} ${clock(stop.start_s)} ${shortTitle(stop.title)} ${names[stop.subject]?.name ?? ""}`)),
    ),
  );
  if (!fixed) showRoom(one);
}

/** Offer the times at which the chosen stop may begin, to be taken by a tap or a key. */
function offer(told) {
  const spans = board.lanes.flatMap((lane) => (told.room[lane.shift] ?? []).map(([from, until]) => ({ lane, from, until })));
  spans.sort((a, b) => (b.lane.day === day) - (a.lane.day === day));
  at("offers").hidden = !chosen || !isFree(chosen);
  at("offers-none").hidden = spans.length > 0;
  at("offers-list").replaceChildren(
    ...spans.slice(0, OFFERED).map(({ lane, from, until }) => {
      const first = Math.ceil(from / 60) * 60;
      const text = `${lane.name} ${lane.day.slice(5)} ${clock(first)}${until - first >= 60 ? `–${clock(until)}` : ""}`;
      const button = element("button", { type: "button", className: "offer" }, text);
      button.style.setProperty("--tint", lane.colour);
      button.addEventListener("click", () => aim(lane.shift, Math.min(first, until)));
      return element("li", {}, button);
    }),
  );
}

async function showRoom(one) {
  try {
    const told = await sendJson(config.room, { ref: one.ref, subject: one.subject, second: Boolean(one.second) }, csrf);
    if (chosen !== one && drag?.what !== one) return;
    lanes.showRoom(told, board.lanes);
    offer(told);
  } catch (error) {
    if (!(error instanceof Refusal)) console.warn(error);
  }
}

function aimed(shift) {
  return chosen.ref ? { kind: "move", ref: chosen.ref, second: Boolean(chosen.second), shift } : { kind: "add", subject: chosen.subject, shift };
}

/** The change that the form of the chosen stop asks for. */
function asWritten() {
  const change = aimed(at("to-shift").value);
  if (at("to-time").value) change.start_s = secondOf(at("to-time").value);
  if (chosen.joint && at("to-beside").value) change.beside = at("to-beside").value;
  return change;
}

/** Move what would be tried by the keyboard: sideways by five minutes, up and down by teams. */
function nudge(stop, key) {
  if (!isFree(stop)) return;
  if (chosen?.ref !== stop.ref || chosen.shift !== stop.shift) choose(stop);
  const lanesOfDay = shown();
  const time = at("to-time").value ? secondOf(at("to-time").value) : stop.start_s;
  const row = lanesOfDay.findIndex((one) => one.shift === at("to-shift").value);
  const down = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
  const later = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const lane = lanesOfDay[Math.min(Math.max(row + down, 0), lanesOfDay.length - 1)];
  aim(lane.shift, Math.min(Math.max(time + later * STEP_S, lanes.begin), lanes.end));
}

/** Write a team and a time into the form, and try them. */
function aim(shift, start) {
  at("to-shift").value = shift;
  at("to-time").value = clock(start);
  attempt(asWritten());
}

function isFree(what) {
  return Boolean(what) && !what.frozen && !what.lock;
}

function secondOf(text) {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60;
}

function grab(event, source, what) {
  if (!isFree(what) || event.button !== 0 || matchMedia("(width <= 800px)").matches) return;
  const box = source.getBoundingClientRect();
  drag = { what, source, x: event.clientX, y: event.clientY, before: what.ref ? event.clientX - box.left : 0, begun: false, spot: null, chip: null, resting: 0 };
  document.addEventListener("pointermove", pull);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", endDrag);
}

function pull(event) {
  if (!drag.begun) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PX) return;
    drag.begun = true;
    document.body.classList.add("dragging");
    chosen = drag.what;
    lanes.choose(drag.what);
    drawMap();
    showRoom(drag.what);
    at("ghost-number").textContent = drag.what.number ? String(drag.what.number) : "";
    at("ghost-text").textContent = [shortTitle(drag.what.title), names[drag.what.subject]?.name].filter(Boolean).join(" ");
  }
  event.preventDefault();
  const ghost = at("ghost");
  ghost.hidden = false;
  ghost.style.transform = `translate(${event.clientX + 14}px, ${event.clientY + 14}px)`;
  restOn(document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-day]") ?? null);
  const spot = lanes.under(event.clientX, event.clientY, drag.before);
  at("ghost-time").textContent = spot ? clock(spot.start_s) : "";
  if (spot?.shift === drag.spot?.shift && spot?.start_s === drag.spot?.start_s) return;
  drag.spot = spot;
  if (spot) attempt({ ...aimed(spot.shift), start_s: spot.start_s });
  else {
    clearTimeout(waiting);
    asked?.abort();
    lanes.preview(null);
    drawFigures(board.figures, board.change);
  }
}

/** Turn to a day on whose chip the dragged visit rests. */
function restOn(chip) {
  if (chip === drag.chip) return;
  clearTimeout(drag.resting);
  drag.chip = chip;
  if (!chip || chip.dataset.day === day) return;
  drag.resting = setTimeout(() => {
    turnTo(chip);
    showRoom(drag.what);
  }, REST_MS);
}

function drop(event) {
  const { begun, what } = drag;
  const spot = begun ? lanes.under(event.clientX, event.clientY, drag.before) : null;
  endDrag();
  if (!begun) return;
  const swallow = (click) => click.stopPropagation(); // the one that ends the drag
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  setTimeout(() => choose(what), 0);
  if (spot) setTimeout(() => commit({ ...aimed(spot.shift), start_s: spot.start_s }, what.title), 0);
}

function endDrag() {
  document.removeEventListener("pointermove", pull);
  document.removeEventListener("pointerup", drop);
  document.removeEventListener("pointercancel", endDrag);
  document.body.classList.remove("dragging");
  at("ghost").hidden = true;
  clearTimeout(waiting);
  clearTimeout(drag?.resting);
  asked?.abort();
  drag = null;
  lanes.preview(null);
}

/** Ask what a change would come to; only the last question counts. */
function attempt(change) {
  clearTimeout(waiting);
  const began = performance.now();
  waiting = setTimeout(async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const told = await sendJson(config.tries, change, csrf, { signal: asked.signal });
      show(told, change);
      page.dataset.tryMs = Math.round(performance.now() - began);
    } catch (error) {
      if (error.name === "AbortError") return;
      say([element("p", { className: "finding finding--block" }, error instanceof Refusal ? error.message : texts.failed)]);
    }
  }, WAIT_MS);
}

function show(told, change, title = chosen?.title ?? "") {
  lanes.preview(told, chosen?.ref ?? "");
  drawFigures(told.figures, told.change);
  const lane = board.lanes.find((one) => one.shift === told.shift);
  const where = lane ? fill(texts.where, { team: lane.name, day: lane.day.slice(5), at: clock(told.start_s) }) : "";
  const besides = board.lanes.find((one) => one.shift === told.beside);
  const parts = [element("p", { className: `verdict verdict--${told.lawful ? "good" : "bad"}` }, element("b", {}, told.lawful ? texts.lawful : texts.unlawful), ` ${shortTitle(title)} → ${where}${besides ? ` · ${fill(texts.with_team, { team: besides.name })}` : ""}`)];
  const list = element("ul", { className: "board-findings" });
  for (const one of told.faults) list.append(element("li", { className: "finding finding--block" }, one.text, " ", element("cite", {}, one.rule)));
  for (const one of told.new_findings) list.append(findingLine(one, texts.new_finding));
  for (const one of told.gone_findings) list.append(findingLine(one, texts.gone_finding));
  if (told.support.length) list.append(element("li", { className: "finding finding--warn" }, fill(texts.support_lost, { titles: new Intl.ListFormat(document.documentElement.lang).format(told.support) })));
  if (told.lawful && told.moved_s >= 60) list.append(element("li", { className: "hint" }, fill(texts.others_move, { minutes: Math.round(told.moved_s / 60) })));
  if (list.children.length) parts.push(list);
  if (!told.lawful && told.nearest_s !== null) {
    const button = element("button", { type: "button", className: "button--main", id: "nearest" }, fill(texts.nearest, { at: clock(told.nearest_s) }));
    button.addEventListener("click", () => commit({ ...change, start_s: told.nearest_s, at: null }, title));
    parts.push(button);
  } else if (!told.lawful && told.faults.length && told.elsewhere) {
    parts.push(element("p", { className: "hint" }, told.elsewhere.length ? texts.elsewhere : texts.nowhere));
    parts.push(
      element(
        "div",
        { className: "actions" },
        ...told.elsewhere.map((one) => {
          const other = board.lanes.find((each) => each.shift === one.shift);
          const button = element("button", { type: "button" }, fill(texts.where, { team: other.name, day: other.day.slice(5), at: clock(one.start_s) }));
          button.addEventListener("click", () => commit({ ...change, shift: one.shift, start_s: one.start_s, at: null, beside: "" }, title));
          return button;
        }),
      ),
    );
  }
  say(parts);
}

function findingLine(one, lead = "") {
  return element("li", { className: `finding finding--${one.verdict}` }, element("span", { className: `tag tag--${one.verdict}` }, lead || one.label), ` ${one.text} `, element("cite", {}, `${one.rule} · ${one.citation}`));
}

function say(parts) {
  at("verdict-idle").hidden = true;
  at("verdict-told").hidden = false;
  at("verdict-told").replaceChildren(...parts);
}

function hush() {
  at("verdict-idle").hidden = false;
  at("verdict-told").hidden = true;
}

/** Take a change into the draft; where it is not lawful, tell why and what would be. */
async function commit(change, title) {
  for (const name of ["at", "beside"]) if (!change[name]) delete change[name];
  const body = JSON.stringify({ number: board.number, act: "change", change });
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf };
  page.ariaBusy = "true";
  try {
    const response = await fetch(config.draft, { method: "POST", headers, body });
    const answer = await response.json();
    if (answer.tried) return show(answer.tried, change, title);
    if (!response.ok) return say([element("p", { className: "finding finding--block" }, answer.error ?? texts.failed)]);
    if (change.kind === "add") chosen = { ...chosen, ref: "-" };
    take(answer);
    say([element("p", { className: "verdict verdict--good" }, fill(texts.done, { title }))]);
  } catch (error) {
    console.warn(error);
    say([element("p", { className: "finding finding--block" }, texts.failed)]);
  } finally {
    page.ariaBusy = "false";
  }
}

async function step(body, told) {
  try {
    take(await sendJson(config.draft, { ...body, number: board.number }, csrf));
    say([element("p", { className: "verdict" }, told)]);
  } catch (error) {
    say([element("p", { className: "finding finding--block" }, error instanceof Refusal ? error.message : texts.failed)]);
  }
}
