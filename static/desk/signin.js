// Signing in: the browser's key signs a token for the challenge of this page, once.

import { deskKey, deviceCode, newKey } from "./key.js";
import { fail, find, localized, post, settings, show, told, words } from "./page.js";
import { token } from "./sign.js";

const { aud, url, challenge, onward } = settings();

async function start() {
  const key = await deskKey().catch(() => null);
  if (key === null) return fail(words().no_store);
  const whose = await told(await fetch(localized(`/desk/sign-in/${key.kid}`)));
  show("looking", false);
  if (whose.state === "ended") return ended(whose);
  if (whose.state !== "valid") {
    for (const id of ["code", "code-again"]) find(id).textContent = await deviceCode(key.jwk);
    show(whose.state);
    return show("enrol");
  }
  show("known").textContent = whose.told;
  const button = show("button");
  button.addEventListener("click", () => signIn(key, whose.org, button));
  button.focus();
}

function ended({ told, renews }) {
  find("why").textContent = told;
  show("ended");
  const button = show("renew", renews);
  show("renews", renews);
  button.addEventListener("click", () => newKey().then(() => location.reload(), () => fail(words().no_store)));
}

async function signIn(key, iss, button) {
  button.disabled = true;
  try {
    const body = { challenge };
    const signed = await token(key, { iss, aud, url, body: JSON.stringify(body) });
    await post("/desk/sign-in", body, { Authorization: `Bearer ${signed}` });
    location.assign(onward);
  } catch (error) {
    button.disabled = false;
    fail(`${words().failed} ${error.message}`);
  }
}

start().catch((error) => fail(error instanceof TypeError ? words().offline : error.message));
