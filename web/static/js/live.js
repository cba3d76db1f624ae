// The live room: asks for the day as it is now, and again, more seldom while it lies behind others.
// Its title counts the alarms of all plans of the day; a sound comes with a new one once allowed.
import { element, fetchJson, fill, note, Refusal, readConfig, sendJson } from "./dom.js";
import { fit, lines, openMap, spread, textMark } from "./shell.js";

const PATIENCE_MS = 20_000;
const TINTS = { done: "var(--good)", here: "var(--accent)", open: "var(--still-mark)", late: "var(--late)", passed: "var(--muted-mark)" };
const CALL_110 = "tel:110";
const WIDE = "(width > 1180px)";
const FEW_TEAMS = 3;

const config = readConfig();
const { texts, stops } = config;
const { map, layers } = openMap(config);
const $ = (id) => document.getElementById(id);
const title = document.title;

let routes = [];
let version = null;
let seen = null;
let timer = null;
let polling = null;
let marked = [];
let moved = false;
let drawn = false;
let heard = "[]";
let known = null;
let tone = null;
let stream = null;
const opened = new Set();
const typed = new Map();

for (const event of ["pointerdown", "wheel"]) map.getContainer().addEventListener(event, () => (moved = true));
map.on("resize", showAll);
document.addEventListener("visibilitychange", () => {
  listen();
  if (document.hidden) later();
  else poll();
});
$("sound").addEventListener("click", () => allowSound(!tone));
$("message-form")?.addEventListener("submit", sendMessage);
loadRoutes();
poll();
listen();

async function loadRoutes() {
  try {
    routes = (await fetchJson(config.plan)).routes;
    if (seen) drawMap();
  } catch (error) {
    console.warn(error);
    note(texts.failed);
  }
}

/** Ask once, and again later; several calls at once are one. */
function poll() {
  clearTimeout(timer);
  polling ??= ask().finally(() => {
    polling = null;
    later();
  });
  return polling;
}

function later() {
  clearTimeout(timer);
  const told = stream?.readyState === EventSource.OPEN;
  const wait = document.hidden ? config.hidden_ms : told ? config.told_ms : config.every_ms;
  if (!$("updated").dataset.ended) timer = setTimeout(poll, wait);
}

/** Let the server say when there is something new, where it can and while somebody looks. */
function listen() {
  stream?.close();
  stream = null;
  if (!config.events || document.hidden || $("updated").dataset.ended) return;
  stream = new EventSource(config.events);
  stream.addEventListener("change", poll);
  stream.addEventListener("error", later); // asks again and again until there is a stream anew
}

async function ask() {
  try {
    const headers = { Accept: "application/json", ...(version && { "If-None-Match": version }) };
    const answer = await fetch(config.live, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status === 401 || answer.redirected) return ended();
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      version = answer.headers.get("ETag");
      seen = await answer.json();
      if (!drawn && matchMedia(WIDE).matches && seen.teams.length <= FEW_TEAMS) seen.teams.forEach(({ team }) => opened.add(team));
      drawn = true;
      draw();
    }
    await countAll();
    $("updated").textContent = fill(texts.updated, { clock: seen.clock });
    $("updated").classList.remove("is-lost");
  } catch (error) {
    console.info(error);
    $("updated").textContent = fill(texts.lost, { clock: seen?.clock ?? "" });
    $("updated").classList.add("is-lost");
  }
}

/** Count what waits in all plans of the day: another one's alarm is heard here too. */
async function countAll() {
  const all = await fetchJson(config.all);
  for (const mark of document.querySelectorAll("[data-plan]")) {
    const waiting = all.plans.find(({ id }) => id === mark.dataset.plan)?.alarms.length ?? 0;
    mark.textContent = String(waiting);
    mark.hidden = !waiting;
  }
  document.title = all.open ? `(${all.open}) ${title}` : title;
  const ids = all.plans.flatMap(({ alarms }) => alarms);
  if (known && ids.some((id) => !known.has(id))) ring();
  known = new Set(ids);
}

function allowSound(on) {
  tone?.close();
  tone = on ? new AudioContext() : null;
  $("sound").setAttribute("aria-pressed", String(on));
  $("sound").textContent = on ? texts.sound_off : texts.sound_on;
  if (on) ring();
}

/** Two short tones. */
function ring() {
  if (!tone) return;
  $("sound").dataset.rung = String(Number($("sound").dataset.rung ?? 0) + 1);
  [0, 0.35].forEach((after, n) => {
    const wave = tone.createOscillator();
    const loudness = tone.createGain();
    wave.frequency.value = n ? 660 : 880;
    loudness.gain.setValueAtTime(0.3, tone.currentTime + after);
    loudness.gain.exponentialRampToValueAtTime(0.001, tone.currentTime + after + 0.3);
    wave.connect(loudness).connect(tone.destination);
    wave.start(tone.currentTime + after);
    wave.stop(tone.currentTime + after + 0.3);
  });
}

function ended() {
  stream?.close();
  $("updated").dataset.ended = "true";
  $("updated").classList.add("is-lost");
  $("updated").replaceChildren(texts.ended, " ", element("a", { href: config.login }, texts.sign_in));
}

function draw() {
  drawSum();
  drawAlarms();
  drawTeams();
  drawFeed();
  drawOffer();
  drawMessages();
  drawMap();
}

function drawSum() {
  const { teams } = seen;
  const waiting = teams.filter((one) => one.alarmed).length;
  const latest = teams.reduce((most, one) => (!most || one.delay_min > most.delay_min ? one : most), null);
  const values = {
    teams: String(teams.length),
    done: `${count(teams, "done")}/${count(teams, "count")}`,
    late: latest?.is_late ? `${latest.name} ${delay(latest).replaceAll(" ", "\u00a0")}` : texts.on_time,
    alarms: String(waiting),
  };
  for (const [key, value] of Object.entries(values)) {
    const cell = document.querySelector(`[data-sum="${key}"]`);
    cell.textContent = value;
    cell.classList.toggle("is-bad", (key === "alarms" && waiting > 0) || (key === "late" && Boolean(latest?.is_late)));
  }
}

function count(teams, key) {
  return teams.reduce((sum, one) => sum + one[key], 0);
}

function delay({ delay_min, is_late }) {
  if (is_late) return fill(texts.late, { minutes: delay_min });
  return delay_min <= -5 ? fill(texts.early, { minutes: -delay_min }) : texts.on_time;
}

// ---- alarms

function drawAlarms() {
  const box = $("alarms");
  const alarms = seen.teams.flatMap((team) => team.alarms.map((alarm) => ({ team, alarm })));
  const said = JSON.stringify(seen.teams.map((one) => one.alarms));
  if (said === heard) return; // it is read aloud each time that it is written
  heard = said;
  const rank = ({ alarm }) => (alarm.note ? 2 : 0) + (alarm.kind === "help" ? 0 : 1);
  const focused = document.activeElement?.dataset?.alarm ?? null;
  box.replaceChildren(...alarms.toSorted((a, b) => rank(a) - rank(b)).map(alarmCard));
  if (focused) box.querySelector(`input[data-alarm="${CSS.escape(focused)}"]`)?.focus();
}

function alarmCard({ team, alarm }) {
  const heading = fill(alarm.kind === "help" ? texts.alarm_help : texts.alarm_overdue, { team: team.name });
  const stop = alarm.key ? stops[alarm.key] : null;
  const where = stop ? `${fill(texts.stop, { number: stop.number })} ${stop.title}` : "";
  const card = element(
    "article",
    { className: `live-alarm live-alarm--${alarm.kind}${alarm.note ? " is-taken" : ""}` },
    element("div", { className: "live-alarm-what" }, element("h2", {}, heading), element("p", {}, [fill(texts.since, { clock: alarm.since }), where].filter(Boolean).join(" · "))),
    element("div", { className: "live-alarm-calls" }, ...calls(alarm)),
  );
  if (alarm.note) {
    const { by, clock, text } = alarm.note;
    card.append(element("p", { className: "live-alarm-note" }, fill(texts.taken, { by, clock, text })));
  } else card.append(alarmForm(team, alarm));
  return card;
}

function calls({ station, kind }) {
  const found = [];
  if (station?.dial) found.push(element("a", { className: "button live-call", href: station.dial }, `${fill(texts.call, { station: station.name })} ${station.phone}`));
  else if (station) found.push(element("p", { className: "hint" }, fill(texts.no_phone, { station: station.name })));
  if (kind === "help") found.push(element("a", { className: "button live-call", href: CALL_110 }, texts.call_110));
  return found;
}

function alarmForm(team, alarm) {
  const id = `alarm-${alarm.id}`;
  const input = element("input", { id, type: "text", required: true, maxLength: 200, value: typed.get(alarm.id) ?? "", autocomplete: "off" });
  input.dataset.alarm = alarm.id;
  input.oninput = () => typed.set(alarm.id, input.value);
  const told = element("span", { className: "hint" });
  const form = element("form", { className: "live-alarm-form" }, element("label", { htmlFor: id }, texts.note), input, element("button", { className: "button--main" }, texts.take_on), told);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = { team: team.team, alarm: alarm.id, alarm_note: input.value };
    if (!(await sent(config.alarms, body, told))) return;
    typed.delete(alarm.id);
    await fresh();
  };
  return form;
}

// ---- teams

function drawTeams() {
  $("teams").replaceChildren(...seen.teams.map(teamCard));
}

function teamCard(team) {
  const bar = element("ol", { className: "live-bar" }, ...team.stops.map((stop) => segment(stop)));
  const tally = [fill(texts.done, team), ...(team.passed ? [fill(texts.passed, { count: team.passed })] : [])].join(" · ");
  const card = element(
    "li",
    { className: `live-team${team.alarmed ? " is-alarmed" : ""}` },
    element(
      "header",
      {},
      element("h2", {}, element("i", { className: "live-colour" }), team.name),
      element("span", { className: `tag live-state live-state--${team.state}` }, team.label),
      element("b", { className: `live-delay${team.is_late ? " is-late" : ""}` }, team.state === "waiting" || team.state === "back" ? "" : delay(team)),
    ),
    bar,
    element("p", { className: "live-line" }, element("span", {}, tally), element("span", {}, team.state === "back" ? texts.is_back : fill(texts.back, { back: team.back, planned: team.planned_back }))),
    element("p", { className: "live-line" }, element("span", {}, lastSign(team)), team.due ? element("span", {}, fill(texts.due, { clock: team.due })) : null),
    stopList(team),
  );
  card.style.setProperty("--tint", team.colour);
  return card;
}

/** How long ago something was; past two hours the minutes say no more. */
function ago(minutes) {
  if (minutes >= 120) return fill(texts.ago_hours, { hours: Math.floor(minutes / 60) });
  return minutes ? fill(texts.ago, { minutes }) : texts.just_now;
}

function lastSign({ last }) {
  if (!last) return texts.no_sign;
  const minutes = Math.max(0, Math.round((new Date(seen.now) - new Date(last.at)) / 60_000));
  const stop = last.key && stops[last.key] ? ` ${fill(texts.stop, { number: stops[last.key].number })}` : "";
  return `${fill(texts.last, last)}${stop} · ${ago(minutes)}`;
}

function shade(stop) {
  return stop.state === "open" && stop.late_min >= 5 ? "late" : stop.state;
}

function segment(stop) {
  const made = element("li", { className: `live-dot--${shade(stop)}`, title: `${stops[stop.key]?.number ?? ""} ${stop.planned} ${stop.label}` });
  made.append(element("span", { className: "visually-hidden" }, stop.label));
  return made;
}

function stopList(team) {
  const box = element(
    "details",
    { open: opened.has(team.team) },
    element("summary", {}, texts.each_stop),
    element("ol", { className: "live-stops" }, ...team.stops.map(stopLine)),
  );
  box.ontoggle = () => (box.open ? opened.add(team.team) : opened.delete(team.team));
  return box;
}

function stopLine(stop) {
  const kept = stops[stop.key];
  const name = kept?.href ? element("a", { href: kept.href }, kept.title || kept.case_number) : element("span", {}, kept?.title ?? "");
  const now = stop.state === "passed" ? stop.label : stop.state === "done" ? `✓ ${stop.end}` : `${stop.start}`;
  return element(
    "li",
    {},
    element("i", { className: `live-number live-dot--${shade(stop)}` }, String(kept?.number ?? "")),
    element("span", { className: "live-name" }, name),
    element("time", {}, stop.planned),
    element("b", { className: shade(stop) === "late" ? "is-late" : "" }, now),
  );
}

// ---- what came in

function drawFeed() {
  const list = $("feed");
  const known = new Set([...list.children].map((one) => one.dataset.id));
  const first = known.size === 0;
  list.replaceChildren(...seen.feed.map((line) => feedLine(line, !first && !known.has(line.id))));
  if (!seen.feed.length) list.append(element("li", { className: "empty" }, element("b", {}, texts.nothing), texts.nothing_more));
}

function feedLine(line, isNew) {
  const stop = line.key ? stops[line.key] : null;
  const subject = stop?.title || line.case_number || "";
  const what = line.sort === "note" ? fill(texts.took_on, { by: line.by, label: line.label, text: line.text }) : line.label;
  const made = element(
    "li",
    { className: `live-event live-event--${line.sort} live-event--${line.kind}${isNew ? " is-new" : ""}` },
    element("time", { dateTime: line.at }, line.clock),
    element("div", {}, element("p", {}, element("b", {}, what), line.team ? ` ${line.team}` : ""), subject ? element("p", { className: "hint" }, stop ? `${fill(texts.stop, { number: stop.number })} ` : "", line.href ? element("a", { href: line.href }, subject) : subject) : null),
  );
  made.dataset.id = line.id;
  if (line.colour) made.style.setProperty("--tint", line.colour);
  return made;
}

// ---- what was offered, and messages

function drawOffer() {
  const { offer, agreed, late } = seen;
  const box = $("offer-body");
  const asked = [...agreed.map(toMove), ...late.map(toCatchUp)];
  $("offer").classList.toggle("has-offer", Boolean(offer) || asked.length > 0);
  if (asked.length) return box.replaceChildren(element("ol", { className: "live-changes" }, ...asked));
  if (!offer) return box.replaceChildren(element("p", {}, texts.offer_none), element("p", { className: "hint" }, texts.offer_none_more));
  if (offer.released) {
    return box.replaceChildren(element("p", { className: "hint" }, texts.replaced), element("p", {}, element("a", { className: "button button--main", href: offer.live }, texts.go_on)));
  }
  box.replaceChildren(
    element("p", { className: "hint" }, `${offer.id} · ${fill(texts.offer_since, { clock: offer.since })}`),
    element("ul", { className: "happened" }, ...offer.happened.map((text) => element("li", {}, text))),
    element("ol", { className: "live-changes" }, ...offer.changes.map(change)),
    element("p", {}, element("a", { className: "button button--main", href: offer.href }, offer.may_decide ? texts.decide : texts.look)),
  );
}

function change(one) {
  return element(
    "li",
    {},
    element("p", {}, element("span", { className: "tag" }, one.label), " ", element("b", {}, one.title)),
    element("dl", {}, element("div", {}, element("dt", {}, texts.before), element("dd", {}, one.was ?? texts.nowhere)), element("div", { className: "is-after" }, element("dt", {}, texts.after), element("dd", {}, one.now ?? texts.nowhere))),
    element("p", { className: "hint" }, one.why),
  );
}

/** A stop whose time was agreed anew: its button sends the form of the page. */
function toMove(one) {
  const line = change({ ...one, label: texts.agreed, was: `${one.day} ${one.was}`, now: `${one.day} ${one.now}` });
  if (!$("agreed-form")) return line;
  const button = element("button", { className: "button--main", name: "agreed", value: one.ref }, texts.replan);
  button.setAttribute("form", "agreed-form");
  line.append(element("p", {}, button));
  return line;
}

/** A team that comes too late somewhere: its button has the plan made anew with its delay. */
function toCatchUp({ team, name, minutes, stops: keys }) {
  const numbers = new Intl.ListFormat(document.documentElement.lang).format(keys.map((key) => String(stops[key]?.number ?? "?")));
  const line = element(
    "li",
    {},
    element("p", {}, element("span", { className: "tag tag--warn" }, texts.too_late), " ", element("b", {}, fill(texts.late_team, { team: name, minutes }))),
    element("p", { className: "hint" }, fill(texts.late_stops, { numbers })),
  );
  const form = $("late-form");
  if (!form) return line;
  const button = element("button", { className: "button--main", name: "team", value: team }, texts.replan);
  button.setAttribute("form", form.id);
  button.addEventListener("click", () => (form.elements.minutes.value = minutes));
  line.append(element("p", {}, button));
  return line;
}

function drawMessages() {
  const list = $("messages");
  if (!list) return;
  list.replaceChildren(
    ...seen.messages.map((one) =>
      element(
        "li",
        {},
        element("p", {}, element("b", {}, one.team), ` ${one.sent} `, element("span", { className: `tag${one.read ? " tag--good" : ""}` }, one.read ? fill(texts.read, { clock: one.read }) : texts.unread)),
        element("p", {}, one.text),
      ),
    ),
  );
  if (!seen.messages.length) list.append(element("li", { className: "hint" }, texts.no_messages));
}

async function sendMessage(event) {
  event.preventDefault();
  const body = { team: $("message-team").value, message: $("message-text").value };
  if (!(await sent(config.messages, body, $("message-told")))) return;
  $("message-text").value = "";
  $("message-told").textContent = texts.sent;
  await fresh();
}

async function sent(url, body, told) {
  try {
    await sendJson(url, body, config.token);
    return true;
  } catch (error) {
    told.textContent = error instanceof Refusal ? error.message : texts.failed;
    return false;
  }
}

/** Ask at once after something was changed here. */
async function fresh() {
  await polling;
  await poll();
}

// ---- map

function drawMap() {
  layers.lines.clearLayers();
  layers.stops.clearLayers();
  layers.teams.clearLayers();
  const shades = new Map(seen.teams.flatMap((team) => team.stops.map((stop) => [stop.key, { stop, team }])));
  const today = routes.filter((route) => route.day === seen.day);
  const bases = new Set();
  for (const route of today) {
    const path = route.line.map(([lon, lat]) => [lat, lon]);
    if (path.length) layers.lines.addLayer(L.polyline(path, { color: route.colour, weight: 3, opacity: 0.55, interactive: false }));
    const [lon, lat] = route.base;
    if (!bases.has(`${lon} ${lat}`)) layers.stops.addLayer(textMark({ lon, lat, text: texts.base_letter, className: "stop-mark stop-mark--base", tint: "var(--ink)", size: 28, title: texts.base }));
    bases.add(`${lon} ${lat}`);
  }
  marked = today.flatMap((route) => route.stops.filter((stop) => shades.has(stop.key)).map((stop) => ({ ...stop, route })));
  const shifts = spread(marked);
  marked.forEach((one, n) => {
    const { stop } = shades.get(one.key);
    const state = shade(stop);
    const mark = textMark({ ...one, text: String(one.number), className: `stop-mark live-mark--${state}${one.kind === "duty" ? " stop-mark--duty" : ""}`, tint: TINTS[state], title: `${one.route.name} ${one.number}`, shift: shifts[n], z: state === "here" ? 600 : 300 });
    mark.bindTooltip(lines(`${one.route.name} · ${fill(texts.stop, { number: one.number })} · ${stop.label}`, stops[one.key]?.title, stop.planned), { direction: "top", offset: [shifts[n][0], shifts[n][1] - 12] });
    layers.stops.addLayer(mark);
  });
  for (const { position, name, colour } of seen.teams) {
    if (!position) continue;
    const mark = textMark({ ...position, className: "live-where", tint: colour, size: 18, title: name, z: 900 });
    mark.bindTooltip(lines(fill(texts.position, { team: name, clock: position.clock, metres: position.accuracy_m })), { direction: "top" });
    layers.teams.addLayer(mark);
  }
  map.invalidateSize({ pan: false });
  showAll();
}

/** Show all stops, until somebody chose a part of the map. */
function showAll() {
  if (!moved) fit(map, marked);
}
