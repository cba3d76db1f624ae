// The desk: one unsure address after another is brought to its door, by keys or by dragging.
import { Refusal, element, fetchJson, fill, note, percent, readConfig, sendJson } from "./dom.js";
import { fit, openMap, textMark } from "./shell.js";

const TINTS = Array.from({ length: 9 }, (_, n) => `var(--ring-${n + 1})`);
const STEP_M = 2;
const FAR_STEP_M = 20;
const DEGREE_M = 111320;
const ONE_PLACE_M = 15;
const DOORS_FROM_ZOOM = 15.5; // farther out the numbers cover one another
const MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const NUDGES = { up: "ArrowUp", down: "ArrowDown", left: "ArrowLeft", right: "ArrowRight" };
const KEYS = { s: skip, n: unlocatable, u: undo };

const config = readConfig();
const { texts } = config;
const { map, layers } = openMap(config);
const at = (id) => document.getElementById(id);
const skipped = new Set();
let queue = [];
let claim = null;
let pin = null;
let based = null; // the basis that the reader chose for this address
let busy = false;

const thin = () => map.getContainer().classList.toggle("map--no-doors", map.getZoom() < DOORS_FROM_ZOOM);
map.on("zoomend", thin);
thin();
map.keyboard.disable(); // arrow keys move the pin
map.on("click", ({ latlng }) => claim && put({ lon: latlng.lng, lat: latlng.lat }));
document.addEventListener("keydown", press);
at("confirm").addEventListener("click", confirm);
at("skip").addEventListener("click", skip);
at("unlocatable").addEventListener("click", unlocatable);
at("undo").addEventListener("click", undo);
at("typed").addEventListener("submit", type);
at("basis").addEventListener("change", () => (based = at("basis").value));
for (const button of document.querySelectorAll("[data-nudge]")) {
  button.addEventListener("click", (event) => nudge(NUDGES[button.dataset.nudge], event.shiftKey));
}
document.querySelector('[data-act="centre"]').addEventListener("click", () => {
  const { lng, lat } = map.getCenter();
  put({ lon: lng, lat });
});
setUpKeys();
refill();

function setUpKeys() {
  const box = at("keys");
  box.checked = localStorage.getItem("desk-keys") !== "off";
  box.addEventListener("change", () => localStorage.setItem("desk-keys", box.checked ? "on" : "off"));
}

function press(event) {
  if (!at("keys").checked || !claim || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) return;
  if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
  const act = actOf(event);
  if (!act) return;
  event.preventDefault();
  act();
}

function actOf({ key, shiftKey }) {
  if (MOVES[key]) return pin && (() => nudge(key, shiftKey));
  if (key === "Enter") return confirm;
  if (/^[1-9]$/.test(key)) return claim.candidates[key - 1] && (() => choose(Number(key)));
  return KEYS[key.toLowerCase()];
}

/** Ask for the queue; what was skipped comes last. */
async function refill(first = null) {
  try {
    const found = await fetchJson(config.queue);
    standing(found);
    const waiting = found.waiting.filter(({ id }) => id !== first);
    queue = [
      ...(first ? [{ id: first }] : []),
      ...waiting.filter(({ id }) => !skipped.has(id)),
      ...waiting.filter(({ id }) => skipped.has(id)),
    ];
    await next();
  } catch (error) {
    fail(error);
  }
}

async function next() {
  clear();
  const one = queue.shift();
  if (!one) {
    note(texts.done);
    return;
  }
  note(texts.loading);
  try {
    claim = await fetchJson(fill(config.claim, { id: one.id }));
  } catch (error) {
    if (error instanceof Refusal && queue.length) return next(); // somebody else decided it
    return fail(error);
  }
  note("");
  show();
}

function clear() {
  claim = null;
  pin = null;
  based = null;
  for (const layer of Object.values(layers)) layer.clearLayers();
  for (const id of ["claim", "choices", "pinned"]) at(id).hidden = true;
  for (const id of ["confirm", "skip", "unlocatable"]) at(id).disabled = true;
}

function show() {
  at("case").textContent = claim.number;
  at("case").href = claim.case;
  at("unsure").textContent = claim.unsure;
  at("address").replaceChildren(...addressOf(claim));
  at("stated").textContent = claim.stated;
  at("parts").replaceChildren(...claim.parts.map(partOf));
  if (!claim.parts.length) at("parts").append(element("li", { className: "hint" }, texts.unread));
  at("turn").replaceChildren(...claim.turn.map((text) => element("li", {}, text)));
  at("findings").replaceChildren(...claim.findings.map(findingOf));
  at("candidates").replaceChildren(...claim.candidates.map(candidateOf));
  if (!claim.candidates.length) at("candidates").append(element("li", { className: "hint" }, texts.none));
  for (const id of ["claim", "choices", "pinned"]) at(id).hidden = false;
  for (const id of ["skip", "unlocatable"]) at(id).disabled = false;
  at("basis").value = "map";
  draw();
  told();
  at("claim").closest(".panel").scrollTop = 0;
}

function addressOf({ text, parts }) {
  const pieces = [];
  let done = 0;
  for (const part of parts) {
    if (part.start > done) pieces.push(element("span", { className: "address-rest" }, text.slice(done, part.start)));
    pieces.push(element("span", { className: "address-part", title: part.level }, text.slice(part.start, part.end)));
    done = part.end;
  }
  if (done < text.length) pieces.push(element("span", { className: "address-rest" }, text.slice(done)));
  return pieces;
}

function partOf({ level, text, sure }) {
  const line = element("li", {}, element("small", {}, level), ` ${text}`);
  line.classList.toggle("part--unsure", sure < 0.8);
  return line;
}

function findingOf({ verdict, head, text, citation }) {
  return element(
    "p",
    { className: `finding finding--${verdict}` },
    element("b", {}, head),
    ` ${text} `,
    element("cite", {}, citation),
  );
}

function candidateOf(one, index) {
  const number = index + 1;
  const bead = element("span", { className: "bead" }, String(number));
  bead.style.setProperty("--tint", TINTS[index]);
  const facts = [one.precision, `${texts.confidence} ${percent(one.confidence)}`, fill(texts.error, { metres: one.error_m })];
  if (index) facts.push(fill(texts.away, { metres: one.away_m }));
  const bar = element("span", { className: "bar" }, element("i"));
  bar.ariaHidden = "true";
  bar.firstChild.style.width = percent(one.confidence);
  const button = element(
    "button",
    { type: "button" },
    bead,
    element("span", {}, element("b", {}, one.label), element("small", {}, facts.join(" · ")), element("small", {}, one.reason)),
    bar,
  );
  button.dataset.candidate = number;
  button.addEventListener("click", () => choose(number));
  return element("li", {}, button);
}

function draw() {
  for (const door of claim.doors) {
    const mark = textMark({ ...door, text: door.number, className: "door-mark", size: 18, title: door.own ? `${door.number} ${texts.own_door}` : door.number });
    mark.options.keyboard = mark.options.interactive = false;
    mark.options.zIndexOffset = -1000; // under the candidates
    mark.on("add", () => mark.getElement()?.firstElementChild?.classList.toggle("door-mark--own", door.own));
    layers.doors.addLayer(mark);
  }
  for (const other of claim.others) {
    const mark = textMark({ ...other, className: "dot", tint: "var(--muted-mark)", size: 14, title: texts.other });
    mark.options.keyboard = false;
    layers.others.addLayer(mark);
  }
  claim.candidates.forEach((one, index) => {
    if (one.error_m) {
      L.circle([one.lat, one.lon], {
        radius: one.error_m,
        color: TINTS[index],
        weight: 1.2,
        dashArray: "4 4",
        fillOpacity: 0.06,
        interactive: false,
      }).addTo(layers.candidates);
    }
    const mark = textMark({
      ...one,
      text: String(index + 1),
      className: "stop-mark",
      tint: TINTS[index],
      title: fill(texts.candidate, { number: index + 1 }),
    });
    mark.options.keyboard = false; // the list beside is reached by keys
    mark.on("click", () => choose(index + 1));
    layers.candidates.addLayer(mark);
  });
  const points = claim.candidates.length ? claim.candidates : claim.place ? [claim.place] : claim.others;
  fit(map, points, { closest: 17, padding: 70 });
}

function choose(number) {
  const one = claim.candidates[number - 1];
  put(one);
  if (!map.getBounds().pad(-0.15).contains([one.lat, one.lon])) map.panTo([one.lat, one.lon], { animate: false });
}

/** Put the pin at a point. */
function put({ lon, lat }) {
  if (!claim) return;
  if (!pin) {
    pin = L.marker([lat, lon], { icon: pinIcon(), draggable: true, title: texts.pin, alt: texts.pin, zIndexOffset: 1000, autoPan: true });
    pin.on("drag dragend", told);
    pin.addTo(layers.candidates);
  }
  pin.setLatLng([lat, lon]);
  told();
}

function pinIcon() {
  const box = element("div", { className: "pin-mark pin-mark--desk" });
  return L.divIcon({ html: box, className: "mark-frame", iconSize: [30, 30], iconAnchor: [15, 36] });
}

function nudge(key, far) {
  if (!pin) return;
  const [east, north] = MOVES[key];
  const step = far ? FAR_STEP_M : STEP_M;
  const { lat, lng } = pin.getLatLng();
  put({
    lon: lng + (east * step) / (DEGREE_M * Math.cos((lat * Math.PI) / 180)),
    lat: lat + (north * step) / DEGREE_M,
  });
  if (!map.getBounds().pad(-0.05).contains(pin.getLatLng())) map.panTo(pin.getLatLng(), { animate: false });
}

/** Say where the pin is, and which candidate it is at. */
function told() {
  at("confirm").disabled = !pin || busy;
  for (const button of document.querySelectorAll("[data-nudge]")) button.disabled = !pin;
  if (!pin) {
    at("pin-text").textContent = texts.no_pin;
    return;
  }
  const here = pin.getLatLng();
  const aways = claim.candidates.map(({ lon, lat }) => map.distance(here, [lat, lon]));
  const near = aways.indexOf(Math.min(...aways));
  const lines = [fill(texts.set, { lon: here.lng.toFixed(6), lat: here.lat.toFixed(6) })];
  if (near >= 0) {
    const metres = Math.round(aways[near]);
    lines.push(fill(metres < 1 ? texts.at : texts.moved, { number: near + 1, metres }));
  }
  at("pin-text").textContent = lines.join(" · ");
  const chosen = near >= 0 && aways[near] <= ONE_PLACE_M ? near : -1;
  document.querySelectorAll("[data-candidate]").forEach((button, index) => {
    button.setAttribute("aria-pressed", String(index === chosen));
  });
  at("basis").value = based ?? (near >= 0 && aways[near] < 1 ? "candidate" : "map");
}

async function type(event) {
  event.preventDefault();
  const form = event.target;
  try {
    const point = await sendJson(config.point, { typed: form.elements.typed.value, datum: form.elements.datum.value }, config.csrf);
    put(point);
    map.setView([point.lat, point.lon], Math.max(map.getZoom(), 17), { animate: false });
  } catch (error) {
    fail(error);
  }
}

function confirm() {
  if (!pin) return say(texts.no_pin);
  const { lat, lng } = pin.getLatLng();
  return decide(config.confirm, { lon: lng, lat, basis: at("basis").value });
}

function unlocatable() {
  return decide(config.unlocatable, {});
}

async function decide(address, body) {
  if (busy || !claim) return;
  busy = true;
  try {
    const done = await sendJson(fill(address, { id: claim.id }), body, config.csrf);
    say(done.text);
    await refill(); // what was confirmed may have settled others
  } catch (error) {
    fail(error);
  } finally {
    busy = false;
    if (claim) told();
  }
}

async function skip() {
  if (busy || !claim) return;
  skipped.add(claim.id);
  say(texts.skipped);
  if (queue.length) await next();
  else await refill();
}

async function undo() {
  if (busy || at("undo").disabled) return;
  busy = true;
  try {
    const done = await sendJson(config.undo, {}, config.csrf);
    say(done.text);
    standing(done);
    await refill(done.claim);
  } catch (error) {
    fail(error);
  } finally {
    busy = false;
    if (claim) told();
  }
}

function standing({ left, counts, undo: last }) {
  at("left").textContent = fill(texts.left, { count: left });
  for (const [why, count] of Object.entries(counts)) document.querySelector(`[data-count="${why}"]`).textContent = count;
  at("undo").disabled = last === null;
}

function say(text) {
  at("told").textContent = text;
}

function fail(error) {
  console.info(error);
  say(error instanceof Refusal ? error.message : texts.failed);
  note("");
}
