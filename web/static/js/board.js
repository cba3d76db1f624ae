// The plan board: a working draft changed by dragging or by menu, tried on the server as it goes.
import { Lanes, clock, shortTitle } from "./board_lanes.js";
import { element, fetchJson, fill, note, percent, readConfig, Refusal, sendJson } from "./dom.js";
import { fit, lines as linesOf, openMap, spread, textMark } from "./shell.js";

const WAIT_MS = 50;
const DRAG_PX = 5;
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

for (const chip of document.querySelectorAll("[data-day]")) {
  chip.addEventListener("click", () => {
    day = chip.dataset.day;
    for (const other of document.querySelectorAll("[data-day]")) other.setAttribute("aria-pressed", String(other === chip));
    draw();
  });
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
  const change = aimed(at("to-shift").value);
  if (at("to-time").value) change.start_s = secondOf(at("to-time").value);
  commit(change, chosen.title);
});
for (const field of ["to-shift", "to-time"]) {
  at(field).addEventListener("change", () => {
    if (!chosen) return;
    const change = aimed(at("to-shift").value);
    if (at("to-time").value) change.start_s = secondOf(at("to-time").value);
    attempt(change);
  });
}
at("swap-form").addEventListener("submit", (event) => {
  event.preventDefault();
  commit({ kind: "swap", ref: chosen.ref, other: at("swap-with").value }, chosen.title);
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

function draw() {
  lanes.draw(shown(), board.findings, chosen?.ref);
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
      const facts = [names[one.subject]?.name, one.is_duty ? "" : `${texts.p_found} ${percent(one.p_found)}`, one.barred ? texts.barred : one.reason];
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
    lane.stops.filter((one) => one.subject).forEach((one, n) => stops.push({ ...one, lane, number: n + 1 }));
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
  if (fitted !== day && stops.length) {
    fitted = day;
    fit(map, stops);
  }
}

/** Choose a stop of the plan, or who is in none (with an empty `ref`). */
function choose(one) {
  chosen = one;
  lanes.choose(one?.ref || null);
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
  const fixed = Boolean(one.frozen || one.joint || one.lock);
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
  at("swap-with").replaceChildren(
    ...board.lanes.flatMap((each) =>
      each.stops
        .filter((stop) => stop.subject && stop.ref !== one.ref && !stop.frozen && !stop.lock && !stop.joint)
        .map((stop) => element("option", { value: stop.ref }, `${each.name} ${clock(stop.start_s)} ${shortTitle(stop.title)} ${names[stop.subject]?.name ?? ""}`)),
    ),
  );
  if (!fixed) showRoom(one);
}

async function showRoom(one) {
  try {
    const { room } = await sendJson(config.room, { ref: one.ref, subject: one.subject }, csrf);
    if (chosen === one || drag?.what === one) lanes.showRoom(room);
  } catch (error) {
    if (!(error instanceof Refusal)) console.warn(error);
  }
}

function aimed(shift) {
  return chosen.ref ? { kind: "move", ref: chosen.ref, shift } : { kind: "add", subject: chosen.subject, shift };
}

function secondOf(text) {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60;
}

function grab(event, source, what) {
  if (!what || event.button !== 0 || what.frozen || what.joint || what.lock || matchMedia("(width <= 800px)").matches) return;
  const box = source.getBoundingClientRect();
  drag = { what, source, x: event.clientX, y: event.clientY, before: what.ref ? event.clientX - box.left : 0, begun: false, spot: null };
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
    lanes.choose(drag.what.ref);
    showRoom(drag.what);
    at("ghost-text").textContent = shortTitle(drag.what.title);
  }
  event.preventDefault();
  const ghost = at("ghost");
  ghost.hidden = false;
  ghost.style.transform = `translate(${event.clientX + 14}px, ${event.clientY + 14}px)`;
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
  lanes.preview(told, chosen?.ref ? `${chosen.shift} ${chosen.ref}` : null);
  drawFigures(told.figures, told.change);
  const lane = board.lanes.find((one) => one.shift === told.shift);
  const where = lane ? fill(texts.where, { team: lane.name, day: lane.day.slice(5), at: clock(told.start_s) }) : "";
  const parts = [element("p", { className: `verdict verdict--${told.lawful ? "good" : "bad"}` }, element("b", {}, told.lawful ? texts.lawful : texts.unlawful), ` ${shortTitle(title)} → ${where}`)];
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
  } else if (!told.lawful && told.faults.length) parts.push(element("p", { className: "hint" }, texts.no_nearest));
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
  if (change.at === null) delete change.at;
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
