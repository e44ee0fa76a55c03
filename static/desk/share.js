// A link that shows chosen claims of an item: asked for with a token that this browser's key signs, told once.

import { deskKey } from "./key.js";
import { element, fail, find, localized, post, settings, show, told, words } from "./page.js";
import { token } from "./sign.js";

const { kid, iss, aud, url, item } = settings();
const form = find("share");

// The header that lets a request of the firm's through, once; throws where the key is another by now.
async function allowed(asked) {
  const key = await deskKey();
  if (key.kid !== kid) throw new Error(words().no_key);
  return { Authorization: `Bearer ${await token(key, { iss, aud, ...asked })}` };
}

function chosen() {
  const events = [...form.querySelectorAll("[data-event]")].map((one) => ({
    event: one.dataset.event,
    names: [...one.querySelectorAll(":checked")].map((box) => box.value),
  }));
  return events.filter(({ names }) => names.length);
}

async function make() {
  const claims = chosen();
  if (!claims.length) throw new Error(words().nothing);
  const body = { item, claims, until: find("until").value };
  const made = await post("/v1/shares", body, await allowed({ url, body: JSON.stringify(body) }));
  find("link").textContent = made.link;
  show("made").querySelector("h2").focus();
}

async function revoke(button) {
  const id = button.dataset.revoke;
  const headers = { Accept: "application/json", ...(await allowed({ url: `${url}/${id}`, htm: "DELETE" })) };
  await told(await fetch(localized(`/v1/shares/${id}`), { method: "DELETE", headers }));
  button.replaceWith(element("b", words().ended));
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

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(form.querySelector("button"), make);
});
for (const one of document.querySelectorAll("[data-revoke]")) one.addEventListener("click", () => guarded(one, () => revoke(one)));
// Before this script is here, the form would leave the page.
if (form) form.querySelector("button").disabled = false;
