// A form of the desk: filled in, shown as it will be signed, signed here, logged, with its receipt.

import { base64url, sha256 } from "../gate/bytes.js";
import { instant } from "../gate/event.js";
import { deskKey } from "./key.js";
import { forget, keep } from "./kept.js";
import { element, fail, find, localized, post, settings, show, submit, words } from "./page.js";
import { nameOf, watchRows } from "./rows.js";
import { signed } from "./sign.js";
import { marked, unmark } from "./wrong.js";

const { csrf, kid, prepare } = settings();
const form = find("act");
let prepared = null;

// Every field by its name with all it holds; a tick that is not set says so.
function filled() {
  const held = {};
  for (const field of form.querySelectorAll("[data-field]")) {
    const name = nameOf(field);
    held[name] ??= [];
    if (field.type === "checkbox") {
      if (field.dataset.choice === undefined) held[name].push(field.checked ? "true" : "false");
      else if (field.checked) held[name].push(field.value);
    } else if (field.value.trim()) held[name].push(valueOf(field));
  }
  return held;
}

// A moment is stated with the offset of the clock that it was read from.
function valueOf(field) {
  return field.type === "datetime-local" ? instant(new Date(field.value).getTime()) : field.value;
}

function body() {
  const known = [...form.querySelectorAll("[data-item]")].filter((one) => one.type !== "checkbox" || one.checked);
  const typed = [...form.querySelectorAll("[data-about]")].flatMap((one) => one.value.split(/\s+/).filter(Boolean));
  const vehicle = form.querySelector("[data-vehicle]")?.value ?? "";
  return { event: form.dataset.event, items: [...known.map((one) => one.dataset.item), ...typed], vehicle, filled: filled() };
}

// The hash of a file is made here; the file itself goes nowhere.
async function digested(chosen) {
  const [file] = chosen.files;
  if (file) find(chosen.dataset.digestOf).value = base64url(await sha256(new Uint8Array(await file.arrayBuffer())));
}

// What is wrong, at its field where it is about one; who is not signed in any more is led there and back.
function told(error) {
  if (error instanceof TypeError) return fail(words().offline);
  fail(error.message);
  if (error.rule?.startsWith("session.")) find("problem").append(" ", element("a", words().sign_in, { href: location.href }));
  const about = error.detail && marked(form, error);
  if (about) find("problem").textContent = about;
}

// A code and a line each; a scanner ends its codes with a new line.
function counted(list) {
  const told = list.closest(".field").querySelector("[data-count-of]");
  const count = list.value.split("\n").filter((line) => line.trim()).length;
  told.hidden = count === 0;
  told.textContent = words().cells.replace("{count}", count);
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
  find("logged").href = localized(`/e/${id}`);
  show("review", false);
  forget();
  show("done").querySelector("h2").focus();
}

function again() {
  show("review", false);
  show("act").querySelector("input:not([type=hidden]), select, textarea:not([hidden])").focus();
}

async function guarded(button, act) {
  show("problem", false);
  unmark(form);
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    told(error);
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(form.querySelector("button:not([type])"), review);
});
find("sign")?.addEventListener("click", (event) => guarded(event.target, finish));
find("again").addEventListener("click", again);

// How many there are in a load that is offered follows from what is ticked and typed.
form.addEventListener("change", ({ target }) => {
  const count = form.querySelector('[data-field="count"]');
  const about = target.dataset.about !== undefined || target.dataset.item !== undefined;
  if (about && count && form.dataset.event === "transfer.offered") count.value = body().items.length;
});
form.addEventListener("change", ({ target }) => target.dataset.digestOf && guarded(target, () => digested(target)));
// State of health is rounded down, as the door wants it (docs/events.md): no battery is better than measured.
form.addEventListener("input", ({ target }) => {
  const [base, measured, told] = ["base", "measured", "soh_permille"].map((name) => form.querySelector(`[data-field="${name}"]`));
  if (!told || ![base, measured].includes(target)) return;
  const found = Math.floor((Number(measured.value) * 1000) / Number(base.value));
  told.value = measured.value && Number.isFinite(found) ? found : "";
});
form.addEventListener("input", ({ target }) => target.closest(".cells") && counted(target));
// A site of one's own says where it is.
form.addEventListener("change", ({ target }) => {
  const site = target.getAttribute("list") === "sites" && [...find("sites").options].find((one) => one.value === target.value);
  if (site) form.querySelector(`[data-field="${target.dataset.field.replace(/site$/, "district")}"]`).value = site.dataset.district;
});
watchRows(form);
keep(form);
// Before this script is here, the form would leave the page with what was filled in.
form.querySelector("button:not([type])").disabled = false;
