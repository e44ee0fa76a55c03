// This browser's own key at the desk: made once, kept in IndexedDB, never readable, not even here.

import { deviceCode, ownKey } from "../gate/device.js";
import { openStore } from "../gate/store.js";

export async function deskKey() {
  return ownKey(await openStore("packtrace-desk"));
}

export { deviceCode };

// What `packtrace sign` takes on the machine that has the firm's admin key.
export function keyAdded(jwk, purpose, org = "org:…") {
  return JSON.stringify({ event: "key.added", iss: org, items: [org], data: { jwk, purpose } }, null, 1);
}
