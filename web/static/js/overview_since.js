// What changed since the reader was last here: counts at once, the newest behind a line.
import { element, fetchJson, fill } from "./dom.js";

/** Read it and show it in its section; `texts` are the page's. */
export async function tellSince({ since: url, texts }) {
  const said = document.getElementById("since-said");
  try {
    const { since, counts, newest } = await fetchJson(url);
    if (!since) said.textContent = texts.since_first;
    else if (!counts.length) said.textContent = texts.since_none;
    else {
      said.textContent = fill(texts.since_from, { moment: since });
      document.getElementById("since-counts").replaceChildren(...counts.map(countLine));
      document.getElementById("since-newest").replaceChildren(...newest.map(newestLine));
      document.getElementById("since-body").hidden = false;
    }
  } catch (error) {
    console.warn(error);
    said.textContent = texts.failed;
  }
}

function countLine({ text, count }) {
  return element("li", {}, text, element("b", {}, count.toLocaleString()));
}

function newestLine({ text, notes, url }) {
  const head = url ? element("a", { href: url }, text) : element("b", {}, text);
  return element("li", {}, head, element("small", {}, notes.join(" · ")));
}
