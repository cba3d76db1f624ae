// A form is sent once the server would take it: what is typed is not lost to a refusal or a session
// that ended. The question goes where the form goes, and nothing is done for it.

const CHECK_ONLY = { "X-Check-Only": "1", Accept: "application/json" };
const told = document.body.dataset;

document.addEventListener("submit", (event) => {
  const { target: form, submitter: by } = event;
  if (event.defaultPrevented || form.method !== "post" || "checked" in form.dataset) return;
  if (!isFilledIn(form)) return;
  event.preventDefault();
  if (form.ariaBusy !== "true") send(form, by);
});

/** Whether somebody filled something in: a form of a button alone has nothing to lose. */
function isFilledIn(form) {
  return [...form.elements].some((field) => field.matches("input:not([type=hidden]), select, textarea"));
}

async function send(form, by) {
  form.ariaBusy = "true";
  form.querySelector(":scope .form-told")?.remove();
  try {
    let answer = await ask(form, by);
    if (answer.status === 400 && (await answer.clone().json()).expired && (await renewToken(form))) answer = await ask(form, by);
    if (answer.ok) {
      form.dataset.checked = "";
      setTimeout(() => delete form.dataset.checked);
      form.requestSubmit(by);
      return;
    }
    if (answer.status === 401) tell(form, told.formEnded, told.login);
    else tell(form, (await answer.json()).error ?? told.formFailed);
  } catch (error) {
    console.warn(error);
    tell(form, told.formFailed);
  } finally {
    form.ariaBusy = "false";
  }
}

function ask(form, by) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, by)) if (typeof value === "string") body.append(name, value);
  const address = by?.hasAttribute("formaction") ? by.formAction : (form.getAttribute("action") ?? location.href);
  return fetch(address, { method: "POST", headers: CHECK_ONLY, body });
}

/** Take the token of the session as it is now; returns whether there is another one. */
async function renewToken(form) {
  const page = await fetch(location.href, { headers: { Accept: "text/html" } });
  const found = /name="csrf_token" value="([^"]+)"/.exec(await page.text())?.[1];
  if (!page.ok || !found) return false;
  form.elements.namedItem("csrf_token").value = found;
  return true;
}

function tell(form, text, address) {
  const line = document.createElement("p");
  line.className = "flash flash--error form-told";
  line.setAttribute("role", "alert");
  line.append(text);
  if (address) {
    const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: told.loginWord });
    line.append(" ", link);
  }
  form.append(line);
  line.scrollIntoView({ block: "nearest" });
}
