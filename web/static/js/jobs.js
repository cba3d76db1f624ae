// The page of jobs: bars move while work goes on; the page is shown anew when something ends.
import { Refusal, fetchJson, readConfig } from "./dom.js";

const config = readConfig();
const WAIT_MS = 1000;

if (config.ids.length) watch();

async function watch() {
  const asked = new URLSearchParams(config.ids.map((id) => ["id", id]));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    let jobs;
    try {
      ({ jobs } = await fetchJson(`${config.status}?${asked}`));
    } catch (error) {
      console.warn(error);
      if (error instanceof Refusal) return; // signed out, or no queue: the page stays as it is
      continue; // one bar of signal: asked again
    }
    jobs.forEach(show);
    if (jobs.length < config.ids.length || jobs.some((job) => job.ended)) break;
  }
  location.reload();
}

function show({ id, state, part, done, total }) {
  document.querySelector(`[data-job-state="${id}"]`).textContent = state;
  const bar = document.querySelector(`progress[data-job="${id}"]`);
  const text = document.querySelector(`[data-job-text="${id}"]`);
  if (total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
  if (part) text.textContent = total ? `${part} ${done}/${total}` : part;
}
