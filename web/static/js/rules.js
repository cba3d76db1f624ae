// The page of rules: what is typed stays in the page and hides what does not hold it.
import { fill, readConfig } from "./dom.js";

const config = readConfig();
const field = document.getElementById("find");
const lines = [...document.querySelectorAll("[data-find]")];
const texts = lines.map((line) => plain(line.textContent));
const groups = [...document.querySelectorAll(".rule-group")];
const cards = [...document.querySelectorAll("#rules > .card")];

field.addEventListener("input", find);
document.getElementById("print").addEventListener("click", () => window.print());

function plain(text) {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
}

function find() {
  const words = plain(field.value).split(" ").filter(Boolean);
  lines.forEach((line, n) => (line.hidden = !words.every((word) => texts[n].includes(word))));
  for (const group of groups) group.hidden = !own(group).some((line) => !line.hidden);
  for (const card of cards) card.hidden = !card.querySelector("[data-find]:not([hidden])");
  const count = lines.filter((line) => !line.hidden).length;
  document.getElementById("found").textContent = words.length ? fill(config.found, { count }) : "";
  document.getElementById("none").hidden = count > 0;
}

/** The lines under a heading of the table. */
function own(group) {
  const found = [];
  for (let line = group.nextElementSibling; line && !line.matches(".rule-group"); line = line.nextElementSibling) found.push(line);
  return found;
}
