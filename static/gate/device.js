// The device's own key, and the code under which its firm registers it (docs/formats.md, section 11).

import { base32, concat, fromBase64url, sha256, utf8 } from "./bytes.js";
import { makeKey } from "./es256.js";
import { thumbprint } from "./event.js";

const PREFIX = "PTD1";

// Two pages that start at once end with one key: the first that is stored.
export async function ownKey(db) {
  const found = await db.get("kept", "device");
  if (found !== undefined) return found;
  const made = await makeKey();
  await db.add("kept", "device", { ...made, kid: await thumbprint(made.jwk) });
  return db.get("kept", "device");
}

export async function deviceCode(jwk) {
  const x = fromBase64url(jwk.x);
  const y = fromBase64url(jwk.y);
  const point = concat(Uint8Array.of(2 + (y[31] & 1)), x);
  const check = (await sha256(concat(utf8(PREFIX), point))).slice(0, 2);
  return [PREFIX, ...base32(concat(point, check)).match(/.{4}/g)].join("-");
}

// Whose device this is, by the synced keys: the registered key with its organisation, null before enrolment.
export function enrolment(list, kid, now) {
  const key = list?.keys.find((one) => one.kid === kid);
  if (key === undefined) return null;
  const ended = key.revoked !== undefined || (key.until && Date.parse(key.until) < now);
  const org = list.organisations.find((one) => one.id === key.org);
  return { key, org, active: !ended && !org?.suspended };
}
