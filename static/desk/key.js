// This browser's own key at the desk: made once, kept in IndexedDB, never readable, not even here.

import { deviceCode, ownKey } from "../gate/device.js";
import { openStore } from "../gate/store.js";

export async function deskKey() {
  return ownKey(await openStore("packtrace-desk"));
}

export { deviceCode };
