// Outcomes and signs of life on their way to the court: kept sealed until it says that it has them.

const PATIENCE_MS = 30_000;

/** The session at the court has ended. */
export class SessionEnded extends Error {}

/** The device was revoked: nothing may stay on it. */
export class Revoked extends Error {}

/** Another account is signed in than the one whose outcomes lie here. */
export class OtherAccount extends Error {}

export class Court {
  constructor(config, vault) {
    this.config = config;
    this.vault = vault;
  }

  /** Ask who is signed in; throws where the device may no longer keep what it has. */
  async state() {
    const owner = await this.vault.owner();
    const state = await this.ask(this.config.state);
    if (owner && owner.account !== state.account) throw new OtherAccount();
    return state;
  }

  async ask(url, { body, token, raw = false } = {}) {
    const owner = await this.vault.owner();
    const headers = { Accept: "application/json" };
    if (owner) headers[this.config.device_header] = owner.device;
    if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 401 || answer.redirected) throw new SessionEnded();
    if (answer.status === 410) throw new Revoked();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return raw ? answer.arrayBuffer() : answer.json();
  }

  /** Keep an outcome; it is on the device's disk once this returns. */
  async keep(outcome) {
    await this.vault.put("outbox", outcome.key, { outcome, problem: null });
  }

  /** Keep a sign of life, or word that a message was read. */
  async keepAct(act) {
    await this.vault.put("outbox", act.key, { act, problem: null });
  }

  /** How many wait to be sent, and how many were not taken. */
  async waiting() {
    return (await this.vault.keys("outbox")).length;
  }

  /** Send what waits, one after the other; `told` gets each answer before the next is sent. */
  async send(told) {
    return navigator.locks.request("fieldwrit-outbox", async () => {
      const { token } = await this.state();
      for (const held of (await this.vault.all("outbox")).toSorted(inTurn)) {
        if (held.problem) continue;
        if (held.act) {
          const { acts } = await this.ask(this.config.acts, { body: { acts: [held.act] }, token });
          await told(held.act, acts[0]);
          await this.vault.remove("outbox", held.act.key);
          continue;
        }
        const { outcomes } = await this.ask(this.config.outcomes, { body: { outcomes: [held.outcome] }, token });
        const receipt = outcomes[0];
        if (receipt.state === "stored" || receipt.state === "already") {
          await told(held.outcome, receipt);
          await this.vault.remove("outbox", held.outcome.key);
        } else {
          await this.vault.put("outbox", held.outcome.key, { ...held, problem: receipt.text ?? receipt.state });
          await told(held.outcome, receipt);
        }
      }
    });
  }
}

/** Small things first, so that no photo holds up a call for help; then the oldest. */
function inTurn(a, b) {
  const rank = ({ act }) => (act?.kind === "help" ? 0 : act ? 1 : 2);
  return rank(a) - rank(b) || ((a.act ?? a.outcome).at < (b.act ?? b.outcome).at ? -1 : 1);
}
