// Outcomes and signs of life on their way to the court: kept sealed until it says that it has them.

const PATIENCE_MS = 30_000;
const LATE_MS = 5_000;
const SLOW_B_S = 5_000;

/** What goes out beside each other, so that none waits for the others: calls for help, other acts, outcomes. */
export const LANES = ["help", "acts", "outcomes"];

/** The session at the court has ended. */
export class SessionEnded extends Error {}

/** The device was revoked: nothing may stay on it. */
export class Revoked extends Error {}

/** Another account is signed in than the one whose outcomes lie here. */
export class OtherAccount extends Error {
  /** `released` says that an administrator took the device from the other account. */
  constructor(released) {
    super("another account");
    this.released = released;
  }
}

export class Court {
  /** Whether the last request was answered; null before the first one. */
  reached = null;

  /** `heard` is called when it becomes known whether the court answers. */
  constructor(config, vault, heard = () => {}) {
    Object.assign(this, { config, vault, heard });
  }

  /** Ask who is signed in; throws where the device may no longer keep what it has. */
  async state() {
    const owner = await this.vault.owner();
    const state = await this.ask(this.config.state);
    if (owner && owner.account !== state.account) throw new OtherAccount(Boolean(state.released));
    return state;
  }

  /** End the session at the court, whosever it is; throws where the line does not bear it. */
  async signOut() {
    const { token } = await this.ask(this.config.state, { named: false });
    const answer = await this.#answer(this.config.logout, LATE_MS, {
      method: "POST",
      headers: { "X-CSRFToken": token },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  }

  /** Ask the court; `named` says whether it is told which device asks, `device` names another one. */
  async ask(url, { body, token, raw = false, named = true, device = null } = {}) {
    const owner = device ? { device } : named ? await this.vault.owner() : null;
    const text = body && JSON.stringify(body);
    const upload_ms = Math.ceil((1000 * (text?.length ?? 0)) / SLOW_B_S);
    const headers = { Accept: "application/json" };
    if (owner) headers[this.config.device_header] = owner.device;
    if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
    const answer = await this.#answer(url, LATE_MS + upload_ms, {
      method: body ? "POST" : "GET",
      headers,
      body: text,
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS + upload_ms),
    });
    if (answer.status === 401 || answer.redirected) throw new SessionEnded();
    if (answer.status === 410) throw new Revoked();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return raw ? answer.arrayBuffer() : answer.json();
  }

  async #answer(url, late_ms, request) {
    const late = setTimeout(() => this.#hear(false), late_ms);
    try {
      const answer = await fetch(url, request);
      this.#hear(true);
      return answer;
    } catch (error) {
      this.#hear(false);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  #hear(reached) {
    if (this.reached === reached) return;
    this.reached = reached;
    this.heard();
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

  /** How many lie set aside; what is of a device that was revoked since goes first. */
  async aside() {
    for (const { device } of await this.vault.aside()) {
      try {
        if (navigator.onLine) await this.ask(this.config.state, { device });
      } catch (error) {
        if (error instanceof SessionEnded) throw error;
        if (error instanceof Revoked) await this.vault.dropAside(device);
      }
    }
    return (await this.vault.aside()).reduce((sum, { count }) => sum + count, 0);
  }

  /** Send what waits of a lane, one after the other; `told` gets each answer before the next is sent.
   *
   * What does not go out holds up no other; the first failure is thrown once all were tried.
   */
  async send(lane, told) {
    return navigator.locks.request(`fieldwrit-outbox-${lane}`, async () => {
      const waiting = (await this.vault.all("outbox")).filter((held) => held && !held.problem && laneOf(held) === lane);
      if (!waiting.length) return;
      const { token } = await this.state();
      const failures = [];
      for (const held of waiting.toSorted(inTurn)) {
        if (!this.vault.isOpen) return;
        try {
          await (held.act ? this.#sendAct(held.act, token, told) : this.#sendOutcome(held, token, told));
        } catch (error) {
          if (error instanceof SessionEnded || error instanceof Revoked) throw error;
          failures.push(error);
        }
      }
      if (failures.length) throw failures[0];
    });
  }

  async #sendAct(act, token, told) {
    const { acts } = await this.ask(this.config.acts, { body: { acts: [act] }, token });
    await told(act, acts[0]);
    await this.vault.remove("outbox", act.key);
  }

  async #sendOutcome(held, token, told) {
    const { outcome } = held;
    const { outcomes } = await this.ask(this.config.outcomes, { body: { outcomes: [outcome] }, token });
    const receipt = outcomes[0];
    if (receipt.state === "stored" || receipt.state === "already") {
      await told(outcome, receipt);
      await this.vault.remove("outbox", outcome.key);
    } else {
      await this.vault.put("outbox", outcome.key, { ...held, problem: receipt.text ?? receipt.state });
      await told(outcome, receipt);
    }
  }
}

function laneOf({ act }) {
  if (!act) return "outcomes";
  return act.kind === "help" ? "help" : "acts";
}

/** What has no pictures first, so that no photo holds up the rest of the day; then the oldest. */
function inTurn(a, b) {
  const size = ({ outcome }) => Number((outcome?.record?.files ?? []).length > 0);
  return size(a) - size(b) || ((a.act ?? a.outcome).at < (b.act ?? b.outcome).at ? -1 : 1);
}
