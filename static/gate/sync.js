// Between device and ledger: what was signed goes out, acts are made on fresh tips, the list comes in.
// Bytes that were sent once are sent again until the ledger says what became of them; it knows them by their id.

import { base64url, sha256, utf8 } from "./bytes.js";
import { MAX_PREV, signEvent, token } from "./event.js";
import { outboxRow, spread } from "./loads.js";
import { RefusedListError, checkNewer, openList } from "./note.js";

const PAGE = 1000;
const MAX_ANNOUNCED = 5000;
const MAX_TRIES = 20;
const MAX_FETCHES = 3;
const FETCH_AGAIN_MS = 1500;
const BATCH = 100;
const BATCH_CHARACTERS = 4_000_000;
const STATE = ["kind", "phase", "ended_by", "flags", "label_sha256", "label_number", "label_use", "maker", "model", "made_on",
  "mass_g", "remaining_g", "remedied", "offer", "tip"];
// What of a load needs no further statement; `replaced`: refused, and signed anew since.
const SAID = ["logged", "replaced"];
// A device that is registered, or a clock that is set, later: the same bytes may pass then.
const LATER = new Set(["key.unknown", "key.not_yet", "clock.happened_ahead", "clock.signed_ahead"]);

// The ledger does not answer, or cannot now: nothing is lost, and the same is tried again.
export class AwayError extends Error {}

export class Problem extends Error {
  constructor(members) {
    super(members.detail ?? members.title);
    this.members = members;
  }
}

export async function ask(path, { lang, ...options } = {}) {
  let answer;
  try {
    const headers = { Accept: "application/json", "Accept-Language": lang ?? "en", ...options.headers };
    answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch (error) {
    throw new AwayError(String(error));
  }
  if (answer.status === 429 || answer.status >= 500) throw new AwayError(`status ${answer.status}`);
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(body ?? { status: answer.status, title: String(answer.status) });
  if (body === null) throw new AwayError("not an answer of the ledger");
  return body;
}

const post = (ask_, path, body, lang) =>
  ask_(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, lang });

// Everything of one visit to the network; one page at a time, whatever is open. Where the list is refused the
// device goes on with the one it holds: what was signed here goes out all the same.
export async function sync(context) {
  let refused = null;
  const latest = async () => {
    try {
      return await pull(context);
    } catch (error) {
      if (!(error instanceof RefusedListError)) throw error;
      refused = error;
      return (await context.db.get("kept", "list")) ?? null;
    }
  };
  const run = async () => {
    const list = await latest();
    await send(context);
    if (list !== null) {
      await act(context, list);
      await sendPhotos(context, list);
    }
    const last = await latest();
    if (refused !== null) throw refused;
    return last;
  };
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request("packtrace-gate", run) : run();
}

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

export async function lookup(ask_, items, lang) {
  const found = [];
  for (let at = 0; at < items.length; at += PAGE)
    found.push(...(await post(ask_, "/v1/items/lookup", { items: items.slice(at, at + PAGE) }, lang)).items);
  return found;
}

export function slim({ state, custodian, recalls, amber }) {
  const told = Object.fromEntries(STATE.filter((name) => state[name] !== undefined).map((name) => [name, state[name]]));
  return { state: told, custodian, recalls, amber: amber === true };
}

// Sends what waits, oldest first, and keeps what the ledger says of each.
export async function send({ db, ask: ask_ = ask, lang }) {
  const waiting = (await db.all("outbox")).filter((row) => row.state === "waiting").sort(byAge);
  while (waiting.length) {
    const batch = [];
    let size = 0;
    while (waiting.length && batch.length < BATCH && (!batch.length || size + waiting[0].text.length < BATCH_CHARACTERS)) {
      size += waiting[0].text.length;
      batch.push(waiting.shift());
    }
    const answer = await post(ask_, "/v1/events", { events: batch.map((row) => row.text) }, lang);
    if (answer.results?.length !== batch.length) throw new AwayError("the answer is of another length");
    const scans = await db.all("scans");
    for (const [at, row] of batch.entries()) await db.write(outcome(row, answer.results[at], scans));
  }
}

const byAge = (one, other) => one.made - other.made || one.order - other.order;

function outcome(row, { result, index, problem }, scans) {
  if (result === "logged" || result === "duplicate")
    return [{ store: "outbox", value: { ...row, state: "logged", index, problem: null } }, ...acted(row, scans, row.items, "logged", null)];
  if (result !== "refused") return [{ store: "outbox", value: row }];
  if (LATER.has(problem.rule)) return [{ store: "outbox", value: { ...row, problem } }];
  if (row.kind === "intake") return [{ store: "outbox", value: { ...row, state: "refused", problem } }];
  // An act that was refused is not in the ledger: what can still be done is made anew, on fresh tips.
  const gone = { store: "outbox", remove: row.id };
  if (problem.rule === "prev.stale") return [gone, ...acted(row, scans, row.items, null, null)];
  const named = row.items.includes(problem.item) && row.items.length > 1 ? [problem.item] : row.items;
  const rest = row.items.filter((item) => !named.includes(item));
  return [gone, ...acted(row, scans, named, "conflict", problem), ...acted(row, scans, rest, null, null)];
}

function acted(row, scans, items, act, problem) {
  if (row.kind === "intake") return [];
  return scans
    .filter((one) => one.load === row.load && items.includes(one.item))
    .map((one) => ({ store: "scans", value: { ...one, act, problem } }));
}

// Makes the acts of the loads that were signed, and makes them again where another one came between.
export async function act(context, list) {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const made = await plan(context, list);
    if (!made) return;
    await send(context);
  }
}

async function plan({ db, ask: ask_ = ask, signer, lang, now }, list) {
  const [loads, scans, outbox] = await Promise.all(["loads", "scans", "outbox"].map((store) => db.all(store)));
  let made = 0;
  for (const load of loads.filter((one) => one.state === "signed")) {
    // Acts follow the statement of what came, never go before it.
    if (outbox.some((row) => row.load === load.id && row.kind === "intake" && !SAID.includes(row.state))) continue;
    const open = scans.filter((one) => one.load === load.id && one.act === null && one.item !== null && one.answer !== "none");
    if (!open.length) continue;
    const named = scans.filter((one) => one.load === load.id && one.item !== null);
    const found = new Map((await lookup(ask_, named.map((one) => one.item), lang)).map((one) => [one.query, one]));
    const shares = load.shares ?? sharesOf(load, named, found);
    const fit = [];
    const changes = load.shares === shares ? [] : [{ store: "loads", value: { ...load, shares } }];
    for (const scan of open) {
      const conflict = conflictOf(scan, found.get(scan.item), load);
      if (conflict === null) fit.push(scan);
      else changes.push({ store: "scans", value: { ...scan, act: "conflict", problem: { rule: conflict, item: scan.item } } });
    }
    for (const { event, kind, some, data } of acts({ ...load, shares }, fit)) {
      const prev = Object.fromEntries(some.map((one) => [one.item, found.get(one.item).tip]));
      const signed = await signEvent(signer, { aud: list.origin, iss: load.org, event, prev, data, now: now(), at: load.signed });
      changes.push({ store: "outbox", value: outboxRow(signed, { load: load.id, kind, items: some.map((one) => one.item), now: now() }) });
      for (const scan of some) changes.push({ store: "scans", value: { ...scan, act: signed.id, problem: null } });
      made += 1;
    }
    if (changes.length) await db.write(changes);
  }
  return made;
}

function conflictOf(scan, found, load) {
  const offer = found?.state?.offer ?? null;
  if (!found?.state) return "gate.unknown";
  if (scan.answer === "collect") return found.custodian === load.org ? "gate.already_ours" : null;
  if (offer !== null && offer.to === load.org && offer.consignment === load.consignment) return null;
  return found.custodian === load.org ? "gate.already_ours" : "gate.offer_gone";
}

// What each piece of a load weighs: all of them were on the scales, whatever became of each. Said once, and kept,
// so that an act made anew says the same of what is left.
function sharesOf(load, named, found) {
  if (load.gross_g === null) return {};
  const known = named.map((one) => found.get(one.item)?.state?.remaining_g ?? found.get(one.item)?.state?.mass_g ?? null);
  const told = known.filter((one) => one !== null);
  const mean = told.length ? told.reduce((sum, one) => sum + one, 0) / told.length : 1;
  const shares = spread(load.gross_g - (load.tare_g ?? 0), known.map((one) => one ?? mean));
  return Object.fromEntries(named.map((one, at) => [one.item, shares[at]]));
}

function acts(load, scans) {
  const accepted = chunks(scans.filter((one) => one.answer === "accept"));
  const weight = (some) => (load.gross_g === null ? null : some.reduce((sum, one) => sum + load.shares[one.item], 0));
  return [
    ...accepted.map((some) => ({ event: "transfer.accepted", kind: "accept", some, data: acceptance(load, some, weight(some)) })),
    ...grouped(scans, "reject", "reason").map(([reason, some]) => ({
      event: "transfer.rejected", kind: "reject", some, data: { place: load.place, consignment: load.consignment, reason },
    })),
    ...grouped(scans, "collect", "condition").map(([condition, some]) => ({
      event: "item.collected", kind: "collect", some, data: { place: load.place, from: load.from, condition },
    })),
  ];
}

function acceptance(load, some, net) {
  const data = { place: load.place, consignment: load.consignment, mass_basis: "declared" };
  if (net !== null && net > 0) {
    data.mass_basis = some.length > 1 ? "apportioned" : "weighed";
    data.gross_g = net;
    data.tare_g = 0;
  }
  if (load.checked !== null) data.checklist = { yes: load.yes };
  const exceptions = some.filter((one) => one.condition !== "sound").map(({ item, condition }) => ({ item, condition }));
  if (exceptions.length) data.exceptions = exceptions;
  return data;
}

function grouped(scans, answer, by) {
  const groups = new Map();
  for (const one of scans.filter((scan) => scan.answer === answer)) groups.set(one[by], [...(groups.get(one[by]) ?? []), one]);
  return [...groups].flatMap(([name, some]) => chunks(some).map((part) => [name, part]));
}

function chunks(some) {
  const found = [];
  for (let at = 0; at < some.length; at += MAX_PREV) found.push(some.slice(at, at + MAX_PREV));
  return found;
}

// Photos whose hash is in a logged event; each leaves the device once the ledger has it.
async function sendPhotos({ db, ask: ask_ = ask, signer, lang, now }, list) {
  const [photos, scans, outbox] = await Promise.all(["photos", "scans", "outbox"].map((store) => db.all(store)));
  for (const photo of photos) {
    const load = scans.find((one) => one.photo === photo.sha256)?.load;
    const logged = outbox.some((row) => row.load === load && row.kind === "intake" && row.state === "logged");
    const org = list.keys.find((one) => one.kid === signer.kid)?.org;
    if (!logged || org === undefined) continue;
    const path = `/v1/documents/${photo.sha256}`;
    const bearer = await token(signer, { iss: org, aud: list.origin, method: "PUT", url: list.base_url + path, now: now() });
    const headers = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/octet-stream" };
    await ask_(path, { method: "PUT", body: photo.bytes, headers, lang });
    await db.write([{ store: "photos", remove: photo.sha256 }]);
  }
}

export async function keepPhoto(db, bytes) {
  const hash = base64url(await sha256(bytes));
  await db.put("photos", { sha256: hash, bytes });
  return hash;
}
