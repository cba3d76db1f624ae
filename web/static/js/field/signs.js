// A team's own signs of life: one tap each, with leave for the day, and with a position only where it
// is ticked for that one. A call for help asks for no leave, and shows whom to telephone.
import { element, fill } from "../dom.js";

const POSITION_MS = 8_000;
const HELP_MS = 5_000;
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });

const $ = (id) => document.getElementById(id);

export class Signs {
  #consent = null;
  #acts = [];

  /** `keep` puts an act into the outbox; `changed` is called when there is something to show. */
  constructor(config, vault, { keep, changed }) {
    Object.assign(this, { texts: config.texts, vault, keep, changed });
    $("consent-yes").onclick = () => $("consent").close("yes");
    $("consent-no").onclick = () => $("consent").close("no");
    $("help-close").onclick = () => $("help").close();
  }

  async read() {
    const held = (await this.vault.get("about", "consent")) ?? null;
    this.#consent = held && held.day === today() ? held : null;
    this.#acts = ((await this.vault.get("packs", "acts")) ?? []).filter((one) => one.day === today());
    this.#show();
  }

  /** Write down again what was given, after the packs were wiped for another one. */
  async renew() {
    if (this.#acts.length) await this.#write();
  }

  forget() {
    this.#consent = null;
    this.#acts = [];
    $("help").close();
    $("consent").close("no");
    this.#show();
  }

  /** The latest of a kind at a stop, or undefined. */
  of(stop, kind) {
    return this.#acts.findLast((one) => one.act.stop === stop && one.act.kind === kind);
  }

  get last() {
    return this.#acts.at(-1);
  }

  /** Keep a sign of life; returns whether it was kept. */
  async give(kind, team, stop = "") {
    if (this.#consent?.day !== today() && !(await this.#ask())) return false;
    await this.#keep({ kind, team, stop, agreed_at: this.#consent.at });
    return true;
  }

  /** Show whom to call, and call the court for help where that is confirmed. */
  help(team, stop) {
    const station = stop?.help ?? null;
    $("help-calls").replaceChildren(
      ...(station?.dial ? [element("a", { className: "button", href: station.dial }, fill(this.texts.call, { station: station.name }))] : []),
      element("a", { className: "button", href: "tel:110" }, this.texts.call_110),
    );
    $("help-told").textContent = "";
    const send = $("help-send");
    send.disabled = false;
    send.onclick = async () => {
      send.disabled = true;
      $("help-told").textContent = navigator.onLine ? this.texts.help_sending : this.texts.help_offline;
      setTimeout(() => this.unsent(), HELP_MS);
      await this.#keep({ kind: "help", team, stop: stop?.ref ?? "", agreed_at: null });
    };
    $("help").showModal();
  }

  /** Say that a call for help did not get through; it may get through yet. */
  unsent() {
    if ($("help-told").textContent === this.texts.help_sending) $("help-told").textContent = this.texts.help_offline;
  }

  /** Take the leave for today back; the court forgets what was told under it. */
  async withdraw() {
    if (!confirm(this.texts.withdraw_sure)) return;
    await this.vault.remove("about", "consent");
    for (const { key, held } of await this.#waiting()) if (held.act.agreed_at) await this.vault.remove("outbox", key);
    await this.keep({ key: crypto.randomUUID(), kind: "withdraw", at: new Date().toISOString() });
    this.#consent = null;
    this.#acts = this.#acts.filter(({ act }) => act.kind === "help");
    await this.#write();
    await this.changed();
  }

  /** Note what the court said of an act. */
  async told(act, receipt) {
    const held = this.#acts.find((one) => one.act.key === act.key);
    if (held) held.state = receipt.state === "refused" ? "refused" : "sent";
    if (act.kind === "help") $("help-told").textContent = receipt.state === "refused" ? receipt.text : this.texts.help_sent;
    await this.#write();
  }

  async #waiting() {
    const keys = await this.vault.keys("outbox");
    const all = await Promise.all(keys.map(async (key) => ({ key, held: await this.vault.get("outbox", key) })));
    return all.filter(({ held }) => held.act);
  }

  async #keep(sign) {
    const at = new Date().toISOString();
    const position = $("with-position").checked ? await here() : null;
    $("with-position").checked = false;
    const act = { key: crypto.randomUUID(), ...sign, at, position };
    this.#acts.push({ act, day: today(), state: "waiting" });
    await this.#write();
    await this.keep(act);
    await this.changed();
  }

  async #ask() {
    const dialog = $("consent");
    dialog.returnValue = "no";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue !== "yes" || !this.vault.isOpen) return false;
    this.#consent = { day: today(), at: new Date().toISOString() };
    await this.vault.put("about", "consent", this.#consent);
    return true;
  }

  async #write() {
    if (this.vault.isOpen) await this.vault.put("packs", "acts", this.#acts);
    this.#show();
  }

  #show() {
    $("withdraw").hidden = !this.#consent;
    const { last } = this;
    $("last-sign").textContent = last ? fill(this.texts.last_sign, { kind: this.texts[`sign_${last.act.kind}`], time: clock(last.act.at), state: this.texts[last.state] }) : this.texts.no_sign;
  }
}

function today() {
  return DAY.format(new Date());
}

function clock(at) {
  return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
}

/** Where the device is, or null where it does not say soon. */
function here() {
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => resolve([coords.longitude, coords.latitude, coords.accuracy, new Date(timestamp).toISOString()]),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: POSITION_MS },
    ),
  );
}
