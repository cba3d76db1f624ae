// The sheet on which an outcome is put on record: what was found, what was checked, what is added.
import { element, fill } from "../dom.js";
import { smallPhoto, writeOn } from "./ink.js";

const MOST_PHOTOS = 4;
const POSITION_MS = 20_000;

/** Ask for an outcome of a stop. Resolves to what is to be kept, or null where it was given up. */
export function askOutcome(dialog, config, stop, before = null) {
  return new Promise((resolve) => {
    const sheet = new Sheet(dialog, config, stop, before, resolve);
    sheet.chooseKind();
  });
}

class Sheet {
  constructor(dialog, config, stop, before, done) {
    Object.assign(this, { dialog, config, stop, done });
    this.at = new Date();
    this.photos = (before?.record?.files ?? []).filter((one) => one.kind === "photo");
    this.note = before?.note ?? "";
    this.at = before ? new Date(before.at) : this.at;
    this.left = { ...(before?.record?.left ?? {}) };
    this.position = before?.record?.position ?? null;
    this.part("title").textContent = stop.title;
    this.part("close").onclick = () => this.#end(null);
    dialog.oncancel = (event) => {
      event.preventDefault();
      this.#end(null);
    };
    if (!dialog.open) dialog.showModal();
  }

  part(name) {
    return this.dialog.querySelector(`[data-part="${name}"]`);
  }

  chooseKind() {
    this.part("kinds").hidden = false;
    this.part("details").hidden = true;
    this.part("kinds").replaceChildren(
      ...this.config.kinds.map(([kind, text]) =>
        element("button", { type: "button", className: "field-kind", value: kind, onclick: () => this.#fillIn(kind, text) }, text),
      ),
    );
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
    const note = this.part("note");
    note.value = this.note;
    note.oninput = () => (this.note = note.value);
    this.part("photo").onchange = (event) => this.#addPhoto(event.target);
    this.part("position").onclick = () => this.#addPosition();
    this.ink = writeOn(this.part("ink"));
    this.part("ink-clear").onclick = () => this.ink.clear();
    this.part("save").onclick = () => this.#end(this.#outcome());
    this.part("told").textContent = "";
    this.#show();
    this.part("save").focus();
  }

  #check(check) {
    const { texts } = this.config;
    const id = `check-${check.code}`;
    const why = element("input", { type: "text", maxLength: 200, placeholder: texts.why_left, value: this.left[check.code] ?? "" });
    why.setAttribute("aria-label", `${check.text}${texts.why_left}`);
    why.oninput = () => (this.left[check.code] = why.value);
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
  }

  #addPosition() {
    const { texts } = this.config;
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        this.position = [coords.longitude, coords.latitude, coords.accuracy, new Date(timestamp).toISOString()];
        this.part("told").textContent = fill(texts.position_got, { metres: Math.round(coords.accuracy) });
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
            },
          }),
        ),
      ),
    );
  }

  #outcome() {
    const files = [...this.photos];
    if (!this.ink.isEmpty()) files.push({ kind: "signature", media_type: "image/png", content: this.ink.content() });
    return {
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
    };
  }

  #end(outcome) {
    this.dialog.close();
    this.done(outcome);
  }
}
