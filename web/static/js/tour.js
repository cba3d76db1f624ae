// The first tour of a role's pages: a card in the corner, one place after another. Nothing is
// locked meanwhile; Escape ends it, and the server remembers that it was seen. On a phone it
// begins as one line. A page that scrolls is as much longer as the card covers, so that every
// button can be reached; beside a panel that scrolls by itself it lies over the map.
import { element, fill, isCalm, sendJson } from "./dom.js";

const NARROW = "(width <= 720px)";
const GAP_PX = 24;
const { steps, seen, token, texts } = JSON.parse(document.getElementById("tour").textContent);
const shown = steps.filter(({ target }) => document.querySelector(target));
const before = document.activeElement;

const title = element("h2", { id: "tour-title", tabIndex: -1 });
const text = element("p");
const count = element("p", { className: "hint" });
const back = button(texts.back, "", () => show(at - 1));
const next = button(texts.next, "button--main", () => (at < shown.length - 1 ? show(at + 1) : end()));
const close = button("✕", "button--quiet tour-close", end);
const foldable = button(texts.fold, "button--quiet tour-fold", () => fold(!card.classList.contains("tour--folded")));
const card = element("section", { className: "tour" }, close, foldable, title, text, element("div", { className: "tour-foot" }, count, back, next));
const room = new ResizeObserver(() => document.body.style.setProperty("--tour-room", `${card.offsetHeight + GAP_PX}px`));
let at = 0;
let marked = null;

if (shown.length) begin();

function begin() {
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-labelledby", title.id);
  card.setAttribute("aria-describedby", "tour-text");
  text.id = "tour-text";
  close.setAttribute("aria-label", texts.end);
  close.title = texts.end;
  document.body.append(card);
  room.observe(card);
  fold(matchMedia(NARROW).matches);
  document.addEventListener("keydown", onKey);
  show(0);
}

function fold(folded) {
  card.classList.toggle("tour--folded", folded);
  foldable.setAttribute("aria-expanded", String(!folded));
  foldable.textContent = folded ? texts.unfold : texts.fold;
}

function show(number) {
  at = number;
  const step = shown[at];
  mark(document.querySelector(step.target));
  title.textContent = step.title;
  text.textContent = step.text;
  count.textContent = fill(texts.count, { number: at + 1, total: shown.length });
  back.hidden = at === 0;
  next.textContent = at === shown.length - 1 ? texts.done : texts.next;
  title.focus({ preventScroll: true });
}

function mark(target) {
  marked?.classList.remove("tour-target");
  marked = target;
  marked?.classList.add("tour-target");
  marked?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: isCalm() ? "auto" : "smooth" });
}

function onKey(event) {
  if (event.key === "Escape") end();
}

function end() {
  document.removeEventListener("keydown", onKey);
  mark(null);
  room.disconnect();
  document.body.style.removeProperty("--tour-room");
  card.remove();
  const main = document.getElementById("main");
  main.tabIndex = -1;
  (before && before !== document.body ? before : main).focus({ preventScroll: true });
  sendJson(seen, {}, token).catch((error) => console.warn(error));
}

function button(label, className, act) {
  const made = element("button", { type: "button", className }, label);
  made.addEventListener("click", act);
  return made;
}
