// This browser's own key at the desk: made once, kept in IndexedDB, never readable, not even here.

import { deviceCode, ownKey } from "../gate/device.js";
import { openStore } from "../gate/store.js";

export async function deskKey() {
  return ownKey(await openStore("packtrace-desk"));
}

// In place of one that can sign in no more: a key is registered once, and for one purpose.
export async function newKey() {
  await (await openStore("packtrace-desk")).write([{ store: "kept", remove: "device" }]);
  return deskKey();
}

export { deviceCode };
