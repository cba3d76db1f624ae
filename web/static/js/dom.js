// Small helpers for pages: elements are built from text nodes, never from markup.

/** Build an element. `properties` are DOM properties; children are nodes or texts. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The page's settings, written by the server as JSON. */
export function readConfig() {
  return JSON.parse(document.getElementById("config").textContent);
}

/** What the server says when it does not do what it was asked. */
export class Refusal extends Error {}

/** Fetch JSON from this site; throws where the answer is not the data. */
export function fetchJson(url, { signal } = {}) {
  return awaited(fetch(url, { headers: { Accept: "application/json" }, signal }));
}

/** Send JSON to this site; `token` is the page's own against forged requests. */
export function sendJson(url, body, token, { signal } = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  return awaited(fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal }));
}

let asked = 0;

/** Read an answer; the page says meanwhile how many it waits for. */
async function awaited(answer) {
  const page = document.documentElement;
  page.dataset.asked = ++asked;
  try {
    return await answerOf(await answer);
  } finally {
    if (--asked) page.dataset.asked = asked;
    else delete page.dataset.asked;
  }
}

async function answerOf(response) {
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({}));
  throw error ? new Refusal(error) : new Error(`HTTP ${response.status}`);
}

/** Whether the reader asked the device for less motion. */
export function isCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Bring a line into the middle of its list. */
export function scrollToMiddle(line) {
  line?.scrollIntoView({ block: "center", behavior: isCalm() ? "auto" : "smooth" });
}

/** Fill `{name}` fields of a text. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Write a share as a whole percentage. */
export function percent(value) {
  return `${Math.round(value * 100)}%`;
}

/** Write a share with the limits of its range, where they are known. */
export function within(value, range) {
  if (!range) return percent(value);
  return `${percent(value)} (${Math.round(range[0] * 100)}–${percent(range[1])})`;
}

/** Show a sentence over the map, or hide the note where there is nothing to say. */
export function note(text) {
  const line = document.getElementById("map-note");
  if (!line) return;
  line.textContent = text;
  line.hidden = !text;
}

/** Carry colours and widths from data attributes to styles (the policy forbids style attributes). */
export function applyTints(root = document) {
  for (const one of root.querySelectorAll("[data-tint]")) {
    if (one.dataset.tint) one.style.setProperty("--tint", one.dataset.tint);
  }
  for (const one of root.querySelectorAll("[data-width]")) {
    one.style.width = `${Number(one.dataset.width)}%`;
  }
}
