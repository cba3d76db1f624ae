// The sheet on which an outcome is put on record: what was found, what was checked, what is added.
import { element, fill } from "../dom.js";
import { smallPhoto, writeOn } from "./ink.js";

const MOST_PHOTOS = 4;
const POSITION_MS = 20_000;
const SHANGHAI_MS = 8 * 3_600_000;

/** Ask for an outcome of a stop, at most once at a time.
 *
 * `begun` is what was filled in before, or null. `keep` is given what is filled in whenever it
 * changes, and null once it is given up. Resolves to what is to be kept, or null where it was given
 * up or the page was locked.
 */
export function askOutcome(dialog, config, stop, day, { begun = null, keep }) {
  return new Promise((resolve) => {
    const sheet = new Sheet(dialog, config, stop, { day, keep, done: resolve });
    sheet.begin(begun);
  });
}

/** Return what was filled in of an outcome, so that it can be changed. */
export function filledIn({ key, kind, at, note, record }) {
  const of = (sort) => (record?.files ?? []).filter((one) => one.kind === sort);
  return { before: key, kind, at, note: note ?? "", left: record?.left ?? {}, position: record?.position ?? null, given: true, photos: of("photo"), signature: of("signature")[0]?.content ?? null };
}

let ink = null; // one pen for the page's canvas

class Sheet {
  constructor(dialog, config, stop, { day, keep, done }) {
    Object.assign(this, { dialog, config, stop, day, keep, done });
    ink ??= writeOn(this.part("ink"));
    this.part("title").textContent = stop.title;
    this.part("close").onclick = () => this.#giveUp();
    dialog.oncancel = (event) => {
      event.preventDefault();
      this.#giveUp();
    };
    dialog.onclose = () => this.done(null); // the page was locked, or the device closed it: the draft stays
    this.part("ink").onpointerup = () => this.#changed();
    this.part("ink-clear").onclick = () => {
      ink.clear();
      this.#changed();
    };
    this.part("note").oninput = () => {
      this.note = this.part("note").value;
      this.#changed();
    };
    this.part("at").onchange = () => this.#takeTime();
    this.part("photo").onchange = (event) => this.#addPhoto(event.target);
    this.part("position").onclick = () => this.#addPosition();
    this.part("save").onclick = () => this.#save();
  }

  /** Open the sheet as it was left, or empty. */
  begin(begun) {
    const { before = null, kind = null, at = null, note = "", left = {}, position = null, photos = [], signature = null, given = false, day } = begun ?? {};
    Object.assign(this, { before, note, position, kind, given, touched: Boolean(day), left: { ...left }, photos: [...photos] });
    this.at = at ? new Date(at) : new Date();
    ink.clear();
    if (signature) ink.show(signature);
    this.part("ink").closest("details").open = Boolean(signature);
    this.part("note").value = note;
    this.part("at").min = `${this.day}T00:00`;
    this.part("at").max = wallClock(new Date());
    this.part("at").value = wallClock(this.at);
    const known = this.config.kinds.find(([one]) => one === kind);
    if (known) this.#fillIn(...known);
    else this.chooseKind();
    if (!this.dialog.open) this.dialog.showModal();
  }

  part(name) {
    return this.dialog.querySelector(`[data-part="${name}"]`);
  }

  chooseKind() {
    this.part("kinds").hidden = false;
    this.part("details").hidden = true;
    this.part("kinds").replaceChildren(
      ...this.config.kinds.map(([kind, text]) =>
        element("button", { type: "button", className: "field-kind", value: kind, onclick: () => this.#choose(kind, text) }, text),
      ),
    );
  }

  #choose(kind, text) {
    this.#fillIn(kind, text);
    this.#changed();
  }

  #fillIn(kind, text) {
    this.kind = kind;
    this.part("kinds").hidden = true;
    this.part("details").hidden = false;
    const back = this.part("chosen");
    back.textContent = text;
    back.onclick = () => this.chooseKind();
    const met = this.config.met.includes(kind);
    this.checks = this.stop.checks.filter((one) => met || !one.met);
    this.left = Object.fromEntries(Object.entries(this.left).filter(([code]) => this.checks.some((one) => one.code === code)));
    this.part("checks").replaceChildren(...this.checks.map((check) => this.#check(check)));
    this.part("told").textContent = "";
    this.#show();
    this.part("save").focus();
  }

  #check(check) {
    const { texts } = this.config;
    const id = `check-${check.code}`;
    const why = element("input", { type: "text", maxLength: 200, placeholder: texts.why_left, value: this.left[check.code] ?? "" });
    why.setAttribute("aria-label", `${check.text}${texts.why_left}`);
    why.oninput = () => {
      this.left[check.code] = why.value;
      this.#changed();
    };
    const box = element("input", { type: "checkbox", id, checked: check.code in this.left });
    const line = element(
      "li",
      {},
      element("div", {}, element("span", {}, check.text), element("small", {}, check.citation)),
      element("label", { htmlFor: id }, box, texts.not_done),
      why,
    );
    const mark = () => {
      line.classList.toggle("is-left", box.checked);
      why.hidden = !box.checked;
    };
    box.onchange = () => {
      if (box.checked) this.left[check.code] = why.value;
      else delete this.left[check.code];
      mark();
      this.#show();
      this.#changed();
      if (box.checked) why.focus();
    };
    mark();
    return line;
  }

  async #addPhoto(input) {
    const { texts } = this.config;
    try {
      for (const file of input.files) {
        if (this.photos.length === MOST_PHOTOS) {
          this.part("told").textContent = fill(texts.photos_full, { most: MOST_PHOTOS });
          break;
        }
        this.photos.push({ kind: "photo", media_type: "image/jpeg", content: await smallPhoto(file) });
      }
    } catch {
      this.part("told").textContent = texts.photo_bad;
    }
    input.value = "";
    this.#show();
    this.#changed();
  }

  #addPosition() {
    const { texts } = this.config;
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        this.position = [coords.longitude, coords.latitude, coords.accuracy, new Date(timestamp).toISOString()];
        this.part("told").textContent = fill(texts.position_got, { metres: Math.round(coords.accuracy) });
        this.#changed();
      },
      () => (this.part("told").textContent = texts.position_failed),
      { enableHighAccuracy: true, timeout: POSITION_MS },
    );
  }

  #show() {
    const { texts } = this.config;
    const left = Object.keys(this.left).length;
    this.part("save").textContent = left ? fill(texts.save_some, { count: left }) : texts.save_all;
    this.part("photos").replaceChildren(
      ...this.photos.map((photo, n) =>
        element(
          "li",
          {},
          element("img", { src: `data:${photo.media_type};base64,${photo.content}`, alt: "" }),
          element("button", {
            type: "button",
            textContent: texts.remove,
            onclick: () => {
              this.photos.splice(n, 1);
              this.#show();
              this.#changed();
            },
          }),
        ),
      ),
    );
  }

  #takeTime() {
    const typed = new Date(`${this.part("at").value}:00+08:00`);
    const wrong = Number.isNaN(typed.getTime()) || typed > new Date() || typed < new Date(`${this.day}T00:00:00+08:00`);
    this.part("told").textContent = wrong ? fill(this.config.texts.at_wrong, { day: this.day }) : "";
    if (wrong) return false;
    if (wallClock(typed) !== wallClock(this.at)) {
      this.at = typed;
      this.given = true;
      this.#changed();
    }
    return true;
  }

  #save() {
    if (!this.#takeTime()) return this.part("at").focus();
    const files = [...this.photos];
    if (!ink.isEmpty()) files.push({ kind: "signature", media_type: "image/png", content: ink.content() });
    this.done({
      claim: this.stop.claim,
      kind: this.kind,
      at: this.at.toISOString(),
      note: this.note.trim() || null,
      record: {
        done: this.checks.map((one) => one.code).filter((code) => !(code in this.left)),
        left: this.left,
        position: this.position,
        files,
      },
    });
    this.dialog.close();
  }

  #changed() {
    this.touched = true;
    this.keep({
      before: this.before,
      kind: this.kind,
      at: this.at.toISOString(),
      given: this.given,
      note: this.note,
      left: this.left,
      position: this.position,
      photos: this.photos,
      signature: ink.isEmpty() ? null : ink.content(),
    });
  }

  get #isEmpty() {
    if (this.before) return !this.touched;
    return !this.given && !this.note.trim() && !Object.keys(this.left).length && !this.position && !this.photos.length && ink.isEmpty();
  }

  #giveUp() {
    if (!this.#isEmpty && !confirm(this.config.texts.sheet_sure)) return;
    this.keep(null);
    this.dialog.close();
  }
}

/** The moment as the court's clock writes it, for a field of date and time. */
function wallClock(at) {
  return new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, 16);
}
