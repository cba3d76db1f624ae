// Why this visit, why not that debtor: asked for when a button is pressed, shown under it.
import { element, fetchJson, Refusal } from "./dom.js";

/** Let each button with `data-why` show the answer of that address, and hide it again. */
export function explain(failed) {
  for (const button of document.querySelectorAll("[data-why]")) {
    button.addEventListener("click", () => toggle(button, failed));
  }
}

async function toggle(button, failed) {
  const shown = button.nextElementSibling;
  if (shown?.matches("ul.why")) {
    shown.hidden = !shown.hidden;
    button.setAttribute("aria-expanded", String(!shown.hidden));
    return;
  }
  if (shown?.matches("p.why")) shown.remove();
  button.disabled = true;
  try {
    const answer = await fetchJson(button.dataset.why);
    const lines = [...answer.lines, ...(answer.fixes ?? [])].map((line) => element("li", {}, line));
    button.after(element("ul", { className: "why" }, ...lines));
    button.setAttribute("aria-expanded", "true");
  } catch (error) {
    if (!(error instanceof Refusal)) console.warn(error);
    button.after(element("p", { className: "why", role: "alert" }, error instanceof Refusal ? error.message : failed));
  } finally {
    button.disabled = false;
  }
}
