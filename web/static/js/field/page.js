// A team's day on an officer's device. Everything that it shows of cases lies sealed on the device.
import { element, fill, readConfig } from "../dom.js";
import { drawMapFrame } from "../map_frame.js";
import { Court, LANES, OtherAccount, Revoked, SessionEnded } from "./outbox.js";
import { askOutcome, filledIn } from "./sheet.js";
import { Signs } from "./signs.js";
import { SIGN_OUT, Vault, WrongPin } from "./vault.js";

const SHELL = "fieldwrit-field-";
const AWAY_MS = 5 * 60_000;
const IDLE_MS = 15 * 60_000;
const SEND_EVERY_MS = 30_000;
const LAST_SENDING_MS = 10_000;
const AT_ONCE = 6;
const DRAFT = "draft/";
const DRAFT_DAYS = 2;
const EASY = /^(\d)\1+$|^0?123456789?0?$|^9?87654321?0?$/;

const config = readConfig();
const { texts } = config;
const $ = (id) => document.getElementById(id);

let vault;
let court;
let signs;
let dayMap = null;
let pack = null;
let sent = {};
let held = [];
let drafts = new Map();
const unwritten = new Set();
let drafting = Promise.resolve();
let notices = [];
let touched = Date.now();
let hiddenAt = null;
let forgotten = false;
let isOwn = false;

start();

async function start() {
  if (!window.isSecureContext || !navigator.serviceWorker) {
    $("lock-card").hidden = true;
    return tell(texts.needs_https, "error");
  }
  navigator.serviceWorker.addEventListener("message", answerTile);
  vault = await Vault.open();
  court = new Court(config, vault, showLine);
  signs = new Signs(config, vault, { keep: (act) => court.keepAct(act), changed: onSign });
  window.addEventListener("online", () => {
    if (vault.isOpen) refresh();
    else checkSession();
    if (!$("tasks").hidden) chooseTask();
  });
  window.addEventListener("offline", showLine);
  document.addEventListener("visibilitychange", onVisibility);
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, () => (touched = Date.now()));
  setInterval(tick, 5_000);
  setInterval(onInterval, SEND_EVERY_MS);
  $("pin-form").addEventListener("submit", onPin);
  $("lock").onclick = lock;
  $("end").onclick = endDay;
  $("anew").onclick = setUpAnew;
  $("forgot").onclick = forgetPin;
  $("aside-form").addEventListener("submit", onOldPin);
  $("change").onclick = () => chooseTask();
  $("safe").onclick = () => signs.give("safe", pack.team);
  $("sos").onclick = () => signs.help(pack.team, nextStop() ?? pack.stops.at(-1));
  $("withdraw").onclick = () => signs.withdraw();
  if (endsAt() <= new Date()) await endSession(texts.pack_ended);
  else await showLock();
  checkSession();
  whenIdle(() => keepShell().catch((error) => console.warn(error))); // it asks for every file
}

// ---- the page itself, without a signal

/** Act once the page is loaded and has nothing else to do. */
function whenIdle(act) {
  const soon = () => (window.requestIdleCallback ?? setTimeout)(act);
  if (document.readyState === "complete") soon();
  else window.addEventListener("load", soon, { once: true });
}

async function keepShell() {
  await navigator.serviceWorker.register(config.worker);
  const name = SHELL + config.version;
  if (await caches.has(name)) return;
  const cache = await caches.open(`${name}.part`);
  await cache.addAll([...config.assets, config.manifest, config.page].map((url) => new Request(url, { cache: "reload" })));
  const whole = await caches.open(name);
  for (const request of await cache.keys()) await whole.put(request, await cache.match(request, { ignoreVary: true }));
  for (const other of await caches.keys()) {
    if (other.startsWith(SHELL) && other !== name) await caches.delete(other);
  }
  document.documentElement.dataset.kept = "true";
}

async function answerTile({ data, ports }) {
  if (!data?.tile) return;
  const bytes = vault?.isOpen ? await vault.bytes("tiles", data.tile).catch(() => undefined) : undefined;
  ports[0].postMessage(bytes ?? null);
}

// ---- lock and session

/** Ask whether the device may keep what it has; a bad line does not keep the lock from being shown. */
async function checkSession() {
  if (!navigator.onLine) return;
  await guarded(async () => {
    if (await vault.noted(SIGN_OUT)) return signOut();
    const { name, ends_at } = await court.state();
    noteEnd(ends_at);
    $("device").value ||= fill(texts.device_name, { name });
    isOwn = true;
    $("forgot").hidden = forgotten || !(await vault.owner());
  });
}

async function onInterval() {
  if (vault.isOpen) await refresh();
  else if (await vault.noted(SIGN_OUT)) await checkSession();
}

/** End the session that was to end; until the court has done so, nothing says that it did. */
async function signOut() {
  await court.signOut();
  await vault.remove("about", SIGN_OUT);
  await endSession(texts.session_ended);
  return false;
}

/** Offer a device that another account set up; what waits on it is that account's to send. */
async function showOther({ released }) {
  await vault.wipePacks();
  const count = (await court.waiting()) + (await vault.aside()).reduce((sum, one) => sum + one.count, 0);
  $("lock-card").dataset.closed = "true";
  await lock();
  $("pin-form").hidden = $("day").hidden = $("tasks").hidden = true;
  $("lock").hidden = $("end").hidden = true;
  $("lock-card").hidden = $("other").hidden = false;
  const free = !count || released;
  $("anew").hidden = !free;
  $("other-told").textContent = fill(!count ? texts.other_account_free : released ? texts.other_account_released : texts.other_account, { count });
}

async function setUpAnew() {
  if (!confirm(texts.set_up_anew_sure)) return;
  await vault.wipeAll();
  localStorage.removeItem("field-ends-at");
  delete $("lock-card").dataset.closed;
  $("other").hidden = true;
  await showLock();
  await checkSession();
}

/** Let the officer who is signed in set a new PIN; what waits under the old one stays until then. */
async function forgetPin() {
  const count = await court.waiting();
  if (!confirm(fill(count ? texts.forgot_sure_waiting : texts.forgot_sure, { count }))) return;
  await vault.wipePacks();
  forgotten = true;
  tell("");
  await showLock();
  if (count) $("pin-hint").textContent = fill(texts.forgot_new, { count });
}

/** Offer to open what was set aside when a PIN was forgotten. */
async function showAside() {
  const count = await court.aside();
  if (!vault.isOpen) return;
  $("aside").hidden = !count;
  $("aside-told").textContent = fill(texts.aside, { count });
}

async function onOldPin(event) {
  event.preventDefault();
  const submit = $("aside-submit");
  submit.disabled = true;
  await guarded(async () => {
    const found = await vault.takeBack($("aside-pin").value);
    $("aside-pin").value = "";
    tell(found ? texts.aside_opened : texts.aside_wrong, found ? undefined : "error");
    if (!found) return;
    await readHeld();
    await showAside();
    await refresh();
  });
  submit.disabled = false;
}

/** When the session ends, as far as the device knows. */
function endsAt() {
  return new Date(localStorage.getItem("field-ends-at") ?? Infinity);
}

function noteEnd(ends_at) {
  if (vault.isOpen) localStorage.setItem("field-ends-at", ends_at);
}

async function showLock() {
  const owner = forgotten ? null : await vault.owner();
  if ($("lock-card").dataset.closed) return;
  $("forgot").hidden = !isOwn || !owner;
  $("pin-again-row").hidden = Boolean(owner);
  $("device-row").hidden = Boolean(owner);
  $("pin-hint").textContent = owner ? "" : texts.pin_new;
  $("pin-submit").textContent = owner ? texts.unlock : texts.set;
  $("day").hidden = $("tasks").hidden = true;
  $("lock").hidden = $("end").hidden = true;
  $("lock-card").hidden = $("pin-form").hidden = false;
  $("pin").value = $("pin-again").value = "";
  $("pin").focus();
  await showLine();
}

async function onPin(event) {
  event.preventDefault();
  const pin = $("pin").value;
  const submit = $("pin-submit");
  submit.disabled = true;
  try {
    if (!forgotten && (await vault.owner())) await vault.unlock(pin);
    else if (!(await makeVault(pin))) return;
    tell("");
    await opened();
  } catch (error) {
    if (!(error instanceof WrongPin)) return await failed(error);
    tell(error.left ? fill(texts.pin_wrong, { left: error.left }) : texts.wiped, "error");
    $("pin").select();
  } finally {
    submit.disabled = false;
  }
}

async function makeVault(pin) {
  if (!/^\d{6,12}$/.test(pin)) return tell(texts.pin_short, "error");
  if (EASY.test(pin)) return tell(texts.pin_easy, "error");
  if (pin !== $("pin-again").value) return tell(texts.pin_again, "error");
  if (await vault.noted(SIGN_OUT)) return signOut();
  const state = await court.state();
  const { device } = await court.ask(config.devices, { body: { name: $("device").value }, token: state.token });
  await vault.create(pin, { account: state.account, device });
  forgotten = false;
  noteEnd(state.ends_at);
  await navigator.storage?.persist?.();
  return true;
}

async function opened() {
  $("lock-card").hidden = true;
  $("lock").hidden = $("end").hidden = false;
  guarded(showAside);
  touched = Date.now();
  await readHeld();
  await readDrafts();
  pack = (await vault.get("packs", "day")) ?? null;
  sent = (await vault.get("packs", "sent")) ?? {};
  notices = (await vault.get("packs", "notices")) ?? [];
  await signs.read();
  if (pack && new Date(pack.ends_at) <= new Date()) {
    await vault.wipePacks();
    pack = null;
    tell(texts.pack_ended);
  }
  if (pack) await showDay();
  else await chooseTask();
  refresh();
}

async function lock() {
  await drafting; // what was typed last is sealed first
  vault.lock();
  pack = null;
  drafts = new Map();
  $("drafts").replaceChildren();
  held = notices = [];
  signs.forget();
  $("notices").replaceChildren();
  $("safety").hidden = true;
  $("aside").hidden = true;
  $("stops").replaceChildren();
  $("next").replaceChildren();
  $("sheet").close();
  dayMap?.clearDay();
  return showLock();
}

async function endDay() {
  if (!confirm(texts.end_sure)) return;
  if (navigator.onLine) await Promise.race([refresh(), new Promise((resolve) => setTimeout(resolve, LAST_SENDING_MS))]);
  await vault.note(SIGN_OUT, true);
  await endSession(texts.ended_offline, null);
  await checkSession();
}

/** Lock at once and wipe packs and tiles; what was not sent stays sealed. */
async function endSession(text, link = config.login) {
  localStorage.removeItem("field-ends-at");
  isOwn = false;
  await vault.wipePacks();
  await lock();
  tell(text, "error", link);
}

function onVisibility() {
  if (document.hidden) hiddenAt = Date.now();
  else if (hiddenAt && vault?.isOpen && Date.now() - hiddenAt > AWAY_MS) lock();
  else if (vault?.isOpen) refresh();
}

async function tick() {
  if (!vault.isOpen) return;
  if (endsAt() <= new Date()) await endSession(texts.session_ended);
  else if (Date.now() - touched > IDLE_MS) await lock();
}

// ---- the day's task

async function chooseTask() {
  $("day").hidden = $("safety").hidden = true;
  $("tasks").hidden = false;
  const list = $("task-list");
  list.replaceChildren(element("li", { className: "empty" }, element("b", {}, texts.no_signal), texts.no_signal_more));
  await guarded(async () => {
    const { tasks } = await court.ask(config.tasks);
    list.replaceChildren();
    if (!tasks.length) {
      list.append(element("li", { className: "empty" }, element("b", {}, texts.no_tasks), texts.no_tasks_more));
    }
    for (const task of tasks) {
      const button = element("button", { type: "button", className: "button--main" }, texts.fetch);
      button.onclick = () => fetchPack(task, button);
      list.append(
        element(
          "li",
          {},
          element("div", {}, element("b", {}, task.team_name), element("span", {}, `${task.day_text} ${task.hours} · ${fill(texts.stops, { count: task.stops })}`)),
          button,
        ),
      );
    }
  });
}

async function fetchPack(task, button) {
  const bar = $("fetch-bar");
  const say = (done, total) => {
    bar.hidden = false;
    bar.max = total;
    bar.value = done;
    button.textContent = fill(texts.fetching, { done, total });
  };
  button.disabled = true;
  try {
    const url = config.pack.replace("ACTION", encodeURIComponent(task.action)).replace("DAY", task.day).replace("TEAM", encodeURIComponent(task.team));
    const fresh = await court.ask(url);
    const { tiles } = fresh;
    let done = 0;
    say(0, tiles.length + 1);
    const waiting = tiles.map(([z, x, y]) => config.base.local.replace("{z}", z).replace("{x}", x).replace("{y}", y));
    await vault.wipe("tiles");
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let path = waiting.pop(); path; path = waiting.pop()) {
          await vault.put("tiles", path, await court.ask(path, { raw: true }));
          say(++done, tiles.length + 1);
        }
      }),
    );
    await vault.wipe("packs");
    await vault.put("packs", "day", fresh); // last: a pack that is there is whole
    pack = fresh;
    sent = {};
    notices = [];
    await signs.renew();
    news();
    if (new Date(pack.ends_at) < new Date(pack.returns_at)) tell(fill(texts.fetched_short, { time: clock(pack.ends_at), back: pack.return }), "error");
    else tell(texts.fetched);
    await showDay();
  } catch (error) {
    await failed(error, texts.failed);
  } finally {
    bar.hidden = true;
    button.disabled = false;
    button.textContent = texts.fetch;
  }
}

// ---- the day

async function showDay() {
  $("tasks").hidden = true;
  $("day").hidden = $("safety").hidden = false;
  drawNotices();
  drawDrafts();
  $("day-title").textContent = pack.team_name;
  $("day-hours").textContent = `${pack.day} · ${pack.leave}–${pack.return} · ${fill(texts.stops, { count: pack.stops.length })}`;
  drawStops();
  drawMap();
  await showLine();
}

function recordOf(stop) {
  return stop.claim === null ? null : (held.find(({ outcome }) => outcome.claim === stop.claim) ?? sent[stop.claim] ?? null);
}

function isDone(stop) {
  if (stop.claim === null) return stop.stopped || new Date(stop.ends_at) < new Date() || Boolean(signs.of(stop.ref, "left"));
  const record = recordOf(stop);
  return (record && !record.problem) || stop.outcomes.length > 0 || stop.stopped;
}

function nextStop() {
  return pack.stops.find((stop) => !isDone(stop));
}

function drawStops() {
  const next = nextStop();
  $("next").replaceChildren(...(next ? [card(next, true)] : []));
  $("stops").replaceChildren(...pack.stops.filter((stop) => stop !== next).map((stop) => card(stop, false)));
}

function card(stop, first) {
  const record = recordOf(stop);
  const box = element(
    "article",
    { className: `field-stop${first ? " field-stop--next" : ""}${isDone(stop) ? " is-done" : ""}` },
    element("header", {}, element("span", { className: "field-number" }, String(stop.number)), element("time", {}, `${stop.start}–${stop.departure}`), element("span", { className: "tag" }, stop.what)),
    element("h3", {}, stop.title),
    stop.address ? element("p", {}, stop.address) : null,
    stop.case_number ? element("p", { className: "hint mono" }, stop.case_number) : null,
    stop.station
      ? element("p", { className: "field-escort" }, fill(texts.escort, { station: stop.station }), stop.dial ? element("a", { className: "button field-call", href: stop.dial }, texts.call_station) : null)
      : null,
    stop.papers?.length ? element("p", { className: "hint" }, fill(texts.papers, { papers: stop.papers.join(" · ") })) : null,
    stop.stopped ? element("p", { className: "field-warning field-warning--block" }, texts.stopped) : null,
    stop.findings.length ? findings(stop) : null,
    ...stop.outcomes.map((one) => element("p", { className: "hint" }, fill(texts.recorded, { kind: one.label, time: clock(one.at) }))),
    record ? status(stop, record) : null,
  );
  const acts = element("div", { className: "field-acts" });
  const [app] = config.apps.find(([key]) => key === localStorage.getItem("field-app")) ?? config.apps[0];
  acts.append(element("a", { className: "button", href: stop.links[app], rel: "noreferrer" }, texts.navigate));
  if (stop.claim !== null && !stop.stopped && !record?.problem) {
    acts.append(element("button", { type: "button", className: first ? "button--main" : "", onclick: () => record_(stop) }, texts.record));
  }
  box.append(acts);
  if (!stop.stopped && (first || signs.of(stop.ref, "arrived"))) box.append(checkIns(stop));
  return box;
}

/** Buttons to say that the team came and went; a sign that was given is told in its place. */
function checkIns(stop) {
  return element(
    "div",
    { className: "field-acts field-signs" },
    ...["arrived", "left"].map((kind) => {
      const given = signs.of(stop.ref, kind);
      if (given) return element("p", { className: "field-given" }, `✓ ${texts[`sign_${kind}`]} ${clock(given.act.at)} · ${texts[given.state]}`);
      return element("button", { type: "button", onclick: () => signs.give(kind, pack.team, stop.ref) }, texts[`sign_${kind}`]);
    }),
  );
}

function findings(stop) {
  const severe = stop.findings.some((one) => one.verdict !== "checklist" && one.verdict !== "timer");
  return element(
    "details",
    { className: "field-findings", open: false },
    element("summary", {}, `${[...new Set(stop.findings.map((one) => one.label))].join(" · ")} ${stop.findings.length}`),
    element("ul", { className: severe ? "is-severe" : "" }, ...stop.findings.map((one) => element("li", {}, element("span", { className: `tag tag--${one.verdict}` }, one.label), ` ${one.text} `, element("small", {}, one.citation)))),
  );
}

function status(stop, record) {
  const problem = record.problem ?? null;
  const { outcome } = record;
  const kind = config.kinds.find(([key]) => key === outcome.kind)?.[1] ?? outcome.kind;
  const state = problem ? texts.refused : record.receipt ? texts.sent : texts.waiting;
  const box = element(
    "div",
    { className: `field-status${problem ? " is-problem" : ""}` },
    element("p", {}, `${fill(texts.recorded, { kind, time: clock(outcome.at) })} · ${state}`),
    problem ? element("p", {}, problem) : null,
    ...(record.receipt?.others ?? []).map((one) => element("p", { className: "field-warning" }, fill(texts.conflict, { kind: one.label, time: clock(one.at) }))),
  );
  if (problem) {
    box.append(
      element(
        "div",
        { className: "field-acts" },
        element("button", { type: "button", className: "button--main", onclick: () => record_(stop, filledIn(outcome)) }, texts.resend),
        element("button", { type: "button", className: "button--quiet", onclick: () => discard(outcome) }, texts.discard),
      ),
    );
  }
  return box;
}

function clock(at) {
  return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
}

/** The map comes last: what is to be done next can be read before its files are. */
async function drawMap() {
  try {
    await drawMapFrame();
    dayMap ??= await import("./day_map.js");
    if (pack) dayMap.drawDay(config, pack, isDone);
  } catch (error) {
    console.warn(error);
  }
}

// ---- outcomes

async function record_(stop, refused = null) {
  const begun = drafts.get(stop.claim) ?? refused;
  const found = await askOutcome($("sheet"), config, stop, pack.day, { begun, keep: (draft) => keepDraft(stop.claim, draft) });
  if (!found || !vault.isOpen) return drawDrafts();
  found.record.team = pack.team;
  const before = (drafts.get(stop.claim) ?? begun)?.before;
  const outcome = { key: crypto.randomUUID(), ...found };
  await court.keep(outcome);
  if (before) await vault.remove("outbox", before);
  await keepDraft(stop.claim, null);
  await readHeld();
  drawStops();
  drawMap();
  tell(texts.saved);
  await showLine();
  await lanes.outcomes();
  const waiting = held.find((one) => one.outcome.key === outcome.key);
  if (vault.isOpen && !waiting?.problem) tell(waiting ? texts.saved : texts.saved_sent);
}

/** Seal what is filled in so far, or forget it; in the order in which it was filled in. */
function keepDraft(claim, draft) {
  if (!vault.isOpen) return drafting;
  if (draft) drafts.set(claim, { ...draft, claim, day: pack.day });
  else drafts.delete(claim);
  drawDrafts();
  if (unwritten.has(claim)) return drafting;
  unwritten.add(claim);
  drafting = drafting.then(() => writeDraft(claim)).catch((error) => console.warn(error));
  return drafting;
}

async function writeDraft(claim) {
  unwritten.delete(claim);
  const draft = drafts.get(claim);
  if (draft) await vault.put("about", DRAFT + claim, draft);
  else await vault.remove("about", DRAFT + claim);
}

async function readDrafts() {
  drafts = new Map();
  const oldest = new Date(Date.now() - DRAFT_DAYS * 24 * 3_600_000);
  for (const key of await vault.keys("about")) {
    if (!key.startsWith(DRAFT)) continue;
    const draft = await vault.get("about", key);
    if (new Date(`${draft.day}T23:59:59+08:00`) < oldest) await vault.remove("about", key);
    else drafts.set(draft.claim, draft);
  }
}

function drawDrafts() {
  const begun = $("sheet").open || !pack ? [] : pack.stops.filter((stop) => drafts.has(stop.claim));
  $("drafts").replaceChildren(
    ...begun.map((stop) =>
      element(
        "article",
        { className: "field-notice" },
        element("p", {}, fill(texts.draft, { title: stop.title })),
        element(
          "div",
          { className: "field-acts" },
          element("button", { type: "button", className: "button--main", onclick: () => record_(stop) }, texts.draft_go_on),
          element("button", { type: "button", className: "button--quiet", onclick: () => confirm(texts.sheet_sure) && keepDraft(stop.claim, null) }, texts.discard),
        ),
      ),
    ),
  );
}

async function discard(outcome) {
  if (!confirm(texts.discard_sure)) return;
  await vault.remove("outbox", outcome.key);
  await readHeld();
  drawStops();
  await showLine();
}

async function readHeld() {
  held = (await vault.all("outbox")).filter(({ outcome }) => outcome);
}

// ---- signs of life, and what a commander tells

async function onSign() {
  if (pack) drawStops();
  await showLine();
  refresh();
}

async function readNotices() {
  if (!pack) return;
  const { messages } = await court.ask(config.messages.replace("TEAM", encodeURIComponent(pack.team)));
  if (!vault.isOpen) return;
  const known = new Set(notices.filter(({ read }) => read).map(({ id }) => id));
  notices = messages.map((one) => ({ ...one, read: one.read || known.has(one.id) }));
  if (notices.length) await vault.put("packs", "notices", notices);
  drawNotices();
}

function drawNotices() {
  $("notices").replaceChildren(
    ...notices.map((one) =>
      element(
        "article",
        { className: `field-notice${one.read ? " is-read" : ""}` },
        element("p", { className: "hint" }, fill(texts.notice, { time: clock(one.sent) })),
        element("p", {}, one.text),
        one.read ? null : element("button", { type: "button", className: "button--main", onclick: () => markRead(one) }, texts.notice_read),
      ),
    ),
  );
}

async function markRead(one) {
  one.read = true;
  await vault.put("packs", "notices", notices);
  await court.keepAct({ key: crypto.randomUUID(), kind: "read", message: one.id, at: new Date().toISOString() });
  drawNotices();
  await refresh();
}

async function onReceipt(outcome, receipt) {
  if (!outcome.record) {
    await signs.told(outcome, receipt);
    if (receipt.state === "refused") tell(receipt.text, "error");
    return;
  }
  if (receipt.state !== "stored" && receipt.state !== "already") {
    const title = pack?.stops.find(({ claim }) => claim === outcome.claim)?.title ?? "";
    return tell(fill(texts.refused_told, { title, text: receipt.text ?? receipt.state }), "error");
  }
  const { files, ...record } = outcome.record;
  sent[outcome.claim] = { outcome: { ...outcome, record }, receipt };
  await vault.put("packs", "sent", sent);
}

const lanes = Object.fromEntries(LANES.map((lane) => [lane, oneAtATime(() => sendLane(lane))]));
const news = oneAtATime(readNews);

/** Send what waits, and read what is new; no lane waits for another. */
function refresh() {
  return Promise.all([...LANES.map((lane) => lanes[lane]()), news()]);
}

async function sendLane(lane) {
  if (!vault.isOpen) return;
  try {
    if (navigator.onLine) await court.send(lane, onReceipt);
  } catch (error) {
    if (lane === "help") signs.unsent();
    throw error;
  } finally {
    if (vault.isOpen) await readHeld();
    if (pack && !$("sheet").open) drawStops();
    await showLine();
  }
}

async function readNews() {
  if (!vault.isOpen || !navigator.onLine) return;
  if (await vault.noted(SIGN_OUT)) return signOut();
  noteEnd((await court.state()).ends_at);
  if (vault.isOpen) await readNotices();
}

/** Let work run once at a time; where it is asked for meanwhile, it runs once more. */
function oneAtATime(work) {
  let going = null;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await guarded(work);
    } while (again);
    going = null;
  };
  return () => {
    again = Boolean(going);
    going ??= run();
    return going;
  };
}

// ---- what went wrong, and the line that tells how things stand

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    await failed(error);
  }
}

async function failed(error, text = "") {
  if (error instanceof SessionEnded) {
    await vault.remove("about", SIGN_OUT);
    await endSession(texts.session_ended);
  } else if (error instanceof Revoked) {
    await vault.wipeAll();
    localStorage.clear();
    await lock();
    tell(texts.revoked, "error");
  } else if (error instanceof OtherAccount) {
    await showOther(error);
  } else {
    console.warn(error);
    if (text) tell(text, "error");
  }
}

async function showLine() {
  const waiting = await court.waiting();
  const line = $("signal");
  const online = navigator.onLine && court.reached !== false;
  line.textContent = online ? texts.online : texts.offline;
  line.classList.toggle("is-off", !online);
  $("unsent").textContent = waiting ? fill(texts.unsent, { count: waiting }) : texts.all_sent;
  $("unsent").classList.toggle("is-waiting", waiting > 0);
}

function tell(text, kind = "info", link = null) {
  const line = $("told");
  line.replaceChildren(text, ...(link ? [" ", element("a", { href: link }, $("told").dataset.login)] : []));
  line.className = `flash flash--${kind}`;
  line.hidden = !text;
  return false;
}

for (const [key, name] of config.apps) $("app").append(new Option(name, key, false, key === localStorage.getItem("field-app")));
$("app").onchange = () => {
  localStorage.setItem("field-app", $("app").value);
  if (pack) drawStops();
};
