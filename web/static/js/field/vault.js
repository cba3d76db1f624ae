// What the device keeps, sealed: packs, map tiles and outcomes that were not sent yet.
//
// A key of 256 bits seals every value (AES-GCM, the place's name as additional data). It lies here
// wrapped under another one that is derived from the PIN (PBKDF2-SHA-256, OWASP 2023: 600,000
// rounds), and is held in memory only while the page is unlocked; it cannot be read out again.

const NAME = "fieldwrit-field";
const STORES = ["about", "packs", "tiles", "outbox"];
const ASIDE = "aside/";
const ROUNDS = 600_000;
const MOST_TRIES = 10;

/** Noted while a session is to be ended that could not be, for want of a signal. */
export const SIGN_OUT = "sign-out";

export class WrongPin extends Error {
  constructor(left) {
    super("wrong PIN");
    this.left = left;
  }
}

export class Vault {
  #database;
  #key = null;

  static async open() {
    const vault = new Vault();
    vault.#database = await asked(indexedDB.open(NAME, 1), (request) => {
      for (const store of STORES) request.result.createObjectStore(store);
    });
    return vault;
  }

  /** Whose vault this is: `{account, device}`, or null where there is none yet. */
  async owner() {
    const lock = await this.#raw("about", "lock");
    return lock ? { account: lock.account, device: lock.device } : null;
  }

  get isOpen() {
    return this.#key !== null;
  }

  /** Make a new lock for an account's device; what was not sent under the one before is set aside, sealed. */
  async create(pin, { account, device }) {
    await this.#setAside();
    await this.wipe("packs", "tiles", "outbox");
    for (const id of await this.keys("about")) if (!id.startsWith(ASIDE)) await this.remove("about", id);
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
    const wrapped = await crypto.subtle.wrapKey("raw", key, await derived(pin, salt), { name: "AES-GCM", iv });
    await this.#write("about", "lock", { account, device, salt, iv, wrapped, tries: 0 });
    await this.unlock(pin);
  }

  /** Open with a PIN. After too many wrong ones packs and tiles are gone; outcomes stay sealed. */
  async unlock(pin) {
    const lock = await this.#raw("about", "lock");
    const tries = lock.tries + 1;
    await this.#write("about", "lock", { ...lock, tries }); // counted before it is tried
    try {
      this.#key = await unwrapped(lock, pin);
    } catch {
      const left = Math.max(0, MOST_TRIES - tries);
      if (left === 0) await this.wipePacks();
      throw new WrongPin(left);
    }
    await this.#write("about", "lock", { ...lock, tries: 0 });
  }

  lock() {
    this.#key = null;
  }

  async #setAside() {
    const lock = await this.#raw("about", "lock");
    const ids = await this.keys("outbox");
    if (!lock || !ids.length) return;
    const sealed = await Promise.all(ids.map(async (id) => [id, await this.#raw("outbox", id)]));
    await this.#write("about", ASIDE + lock.device, { lock, sealed });
  }

  /** What was set aside when a PIN was forgotten: `{device, count}` each. */
  async aside() {
    const ids = (await this.keys("about")).filter((id) => id.startsWith(ASIDE));
    const held = await Promise.all(ids.map((id) => this.#raw("about", id)));
    return held.map(({ lock, sealed }) => ({ device: lock.device, count: sealed.length }));
  }

  /** Put what was set aside into the outbox again, by the PIN of that time; false where it opens nothing. */
  async takeBack(pin) {
    for (const { device } of await this.aside()) {
      const { lock, sealed } = await this.#raw("about", ASIDE + device);
      let key;
      try {
        key = await unwrapped(lock, pin);
      } catch {
        continue; // another PIN's
      }
      for (const [id, { iv, sealed: bytes }] of sealed) {
        await this.put("outbox", id, await crypto.subtle.decrypt(this.#how(iv, "outbox", id), key, bytes));
      }
      await this.dropAside(device);
      return true;
    }
    return false;
  }

  dropAside(device) {
    return this.remove("about", ASIDE + device);
  }

  async put(store, id, value) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = value instanceof ArrayBuffer ? value : new TextEncoder().encode(JSON.stringify(value));
    const sealed = await crypto.subtle.encrypt(this.#how(iv, store, id), this.#key, bytes);
    await this.#write(store, id, { iv, sealed });
  }

  /** Read a value; undefined where there is none. */
  async get(store, id) {
    const bytes = await this.bytes(store, id);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }

  async bytes(store, id) {
    const held = await this.#raw(store, id);
    return held && this.#key && crypto.subtle.decrypt(this.#how(held.iv, store, id), this.#key, held.sealed);
  }

  /** Note something that is no secret and outlives the lock. */
  note(id, value) {
    return this.#write("about", id, value);
  }

  noted(id) {
    return this.#raw("about", id);
  }

  keys(store) {
    return asked(this.#database.transaction(store).objectStore(store).getAllKeys());
  }

  async all(store) {
    const ids = await this.keys(store);
    return Promise.all(ids.map((id) => this.get(store, id)));
  }

  async remove(store, id) {
    await asked(this.#change(store).delete(id));
  }

  /** What the end of a session wipes; outcomes that were not sent stay, sealed. */
  wipePacks() {
    return this.wipe("packs", "tiles");
  }

  wipeAll() {
    this.lock();
    return this.wipe(...STORES);
  }

  async wipe(...stores) {
    for (const store of stores) await asked(this.#change(store).clear());
  }

  #how(iv, store, id) {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${store}/${id}`) };
  }

  #change(store) {
    return this.#database.transaction(store, "readwrite", { durability: "strict" }).objectStore(store);
  }

  #raw(store, id) {
    return asked(this.#database.transaction(store).objectStore(store).get(id));
  }

  async #write(store, id, value) {
    const change = this.#change(store);
    change.put(value, id);
    await new Promise((resolve, reject) => {
      change.transaction.oncomplete = resolve;
      change.transaction.onerror = change.transaction.onabort = () => reject(change.transaction.error);
    });
  }
}

async function unwrapped({ wrapped, salt, iv }, pin) {
  return crypto.subtle.unwrapKey("raw", wrapped, await derived(pin, salt), { name: "AES-GCM", iv }, { name: "AES-GCM" }, false, ["encrypt", "decrypt"]);
}

async function derived(pin, salt) {
  const text = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS },
    text,
    { name: "AES-GCM", length: 256 },
    false,
    ["wrapKey", "unwrapKey"],
  );
}

function asked(request, onUpgrade) {
  return new Promise((resolve, reject) => {
    if (onUpgrade) request.onupgradeneeded = () => onUpgrade(request);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
