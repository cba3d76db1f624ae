// How many alarms of the live room nobody took on: a bar over every page, asked for each minute.
const EVERY_MS = 60_000;
const PATIENCE_MS = 20_000;

const bar = document.getElementById("alarm-bar");
const link = bar.firstElementChild;
const title = document.title;

ask();

async function ask() {
  try {
    const answer = await fetch(bar.dataset.ask, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 401 || answer.redirected) return; // the session is over: no more asking
    if (answer.ok) show((await answer.json()).open);
  } catch (error) {
    console.info(error);
  }
  setTimeout(ask, EVERY_MS);
}

function show(count) {
  const text = count ? bar.dataset.text.replace("{count}", String(count)) : "";
  if (link.textContent !== text) link.textContent = text;
  bar.hidden = !count;
  document.title = count ? `(${count}) ${title}` : title;
}
