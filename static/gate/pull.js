// The list comes in: what to stop, signed by the log, the keys, and the loads that are announced to the firm.

import { base64url, sha256, utf8 } from "./bytes.js";
import { ask, lookup, slim } from "./ledger.js";
import { RefusedListError, checkNewer, openList } from "./note.js";

const PAGE = 1000;
const MAX_ANNOUNCED = 5000;
const MAX_FETCHES = 3;
const FETCH_AGAIN_MS = 1500;

// The list that the gate works from without a network; kept whole or not at all.
export async function pull({ db, ask: ask_ = ask, kid, lang, now, pause = wait }) {
  const { stop, bundle, vkey } = await fetchSigned({ db, ask_, lang, pause });
  const key = bundle.keys.find((one) => one.kid === kid);
  const loads = key === undefined ? [] : await announced(ask_, key.org, lang);
  const items = {};
  const wanted = [...new Set(loads.flatMap((load) => load.items))];
  for (const found of await lookup(ask_, wanted, lang)) if (found.state !== null) items[found.id] = slim(found);
  const date = new Date(stop.time).toISOString();
  const list = { ...stop, items, loads, keys: bundle.keys, organisations: bundle.organisations, date, fetched: now() };
  await db.write([{ store: "kept", value: list, key: "list" }, { store: "kept", value: vkey, key: "vkey" }]);
  return list;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The stop list and the keys that it was made beside, under the log's key of the first list this device had.
async function fetchSigned({ db, ask_, lang, pause }) {
  const held = (await db.get("kept", "list")) ?? null;
  const pinned = await db.get("kept", "vkey");
  for (let tries = 1; ; tries += 1) {
    const answer = await ask_("/v1/gate", { lang });
    const bundle = await ask_("/v1/keys", { lang });
    const vkey = pinned ?? bundle.vkey;
    const stop = await openList(answer, vkey).catch((error) => {
      if (error.reason === "other_key") throw new RefusedListError("other_key", bundle.vkey);
      throw error;
    });
    checkNewer(stop, held);
    const told = JSON.stringify([bundle.organisations, bundle.keys]);
    if (base64url(await sha256(utf8(told))) === stop.keys) return { stop, bundle, vkey };
    // A key that was registered between the two answers; the next ones are of one moment again.
    if (tries === MAX_FETCHES) throw new RefusedListError("other_keys");
    await pause(FETCH_AGAIN_MS);
  }
}

async function announced(ask_, org, lang) {
  const loads = new Map();
  let after = null;
  let count = 0;
  do {
    const query = new URLSearchParams({ to: org, limit: String(PAGE), ...(after === null ? {} : { after }) });
    const page = await ask_(`/v1/offers?${query}`, { lang });
    for (const { consignment, offers } of page.consignments)
      for (const offer of offers) {
        // Anybody may write any consignment into an offer, so a load is one sender's.
        const name = `${consignment} ${offer.by.id}`;
        const load = loads.get(name) ?? { consignment, by: offer.by, offered_at: offer.offered_at, items: [] };
        load.items.push(...offer.items);
        count += offer.items.length;
        loads.set(name, load);
      }
    after = page.next;
  } while (after !== null && count < MAX_ANNOUNCED);
  return [...loads.values()];
}
