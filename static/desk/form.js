// A form of the desk: filled in, shown as it will be signed, signed here, logged, with its receipt.

import { deskKey } from "./key.js";
import { element, fail, find, post, settings, show, submit, words } from "./page.js";
import { signed } from "./sign.js";

const { csrf, kid, prepare } = settings();
const form = find("act");
let prepared = null;

// Every field by its name with all it holds; a tick that is not set says so.
function filled() {
  const held = {};
  for (const field of form.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    held[name] ??= [];
    if (field.type === "checkbox") {
      if (field.dataset.choice === undefined) held[name].push(field.checked ? "true" : "false");
      else if (field.checked) held[name].push(field.value);
    } else if (field.value.trim()) held[name].push(field.value);
  }
  return held;
}

function body() {
  if (form.dataset.event === undefined) return Object.fromEntries(Object.entries(filled()).map(([name, [value]]) => [name, value ?? ""]));
  const items = [...form.querySelectorAll("[data-item]")].filter((one) => one.type !== "checkbox" || one.checked);
  return { event: form.dataset.event, items: items.map((one) => one.dataset.item), filled: filled() };
}

async function review() {
  prepared = await post(prepare, body(), { "X-CSRF-Token": csrf });
  const list = find("told");
  list.replaceChildren();
  for (const [name, value] of [[words().event, prepared.title], [words().items, prepared.items.join(", ")], ...prepared.told]) {
    const line = element("div");
    line.append(element("dt", name), element("dd", value));
    list.append(line);
  }
  find("exact").textContent = JSON.stringify({ ...prepared.event, ...prepared.restricted }, null, 1);
  show("act", false);
  show("review").querySelector("h2").focus();
}

async function finish() {
  const key = await deskKey();
  if (key.kid !== kid) return fail(words().no_key);
  const { id, text } = await signed(key, prepared.event, prepared.restricted);
  find("receipt").textContent = await submit(text);
  find("logged").href = `/v1/events/${id}`;
  show("review", false);
  show("done").querySelector("h2").focus();
}

function again() {
  show("review", false);
  show("act").querySelector("input, select, textarea").focus();
}

async function guarded(button, act) {
  show("problem", false);
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    fail(error instanceof TypeError ? words().unknown : error.message);
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(form.querySelector("button"), review);
});
find("sign")?.addEventListener("click", (event) => guarded(event.target, finish));
find("again").addEventListener("click", again);
