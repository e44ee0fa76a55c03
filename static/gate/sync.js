// Between device and ledger: what was signed goes out, acts are made on fresh tips, the list comes in.
// Bytes that were sent once are sent again until the ledger says what became of them; it knows them by their id.

import { base64url, sha256 } from "./bytes.js";
import { MAX_PREV, signEvent, token } from "./event.js";
import { AwayError, ask, lookup, post } from "./ledger.js";
import { outboxRow, spread } from "./loads.js";
import { RefusedListError } from "./note.js";
import { pull } from "./pull.js";

const MAX_TRIES = 20;
const BATCH = 100;
const BATCH_CHARACTERS = 4_000_000;
// What of a load needs no further statement; `replaced`: refused, and signed anew since.
const SAID = ["logged", "replaced"];
// A device that is registered, or a clock that is set, later: the same bytes may pass then.
const LATER = new Set(["key.unknown", "key.not_yet", "clock.happened_ahead", "clock.signed_ahead"]);

// Everything of one visit to the network; one page at a time, whatever is open. Where the list is refused the
// device goes on with the one it holds: what was signed here goes out all the same.
export async function sync(context) {
  let refused = null;
  const latest = async () => {
    try {
      const list = await pull(context);
      refused = null;
      return list;
    } catch (error) {
      if (!(error instanceof RefusedListError)) throw error;
      refused = error;
      return (await context.db.get("kept", "list")) ?? null;
    }
  };
  const run = async () => {
    let list = await latest();
    let sent = await send(context);
    if (list !== null) {
      sent += await act(context, list);
      await sendPhotos(context, list);
    }
    // Where nothing went out, what just came in is as it was.
    if (sent) list = await latest();
    if (refused !== null) throw refused;
    return list;
  };
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request("packtrace-gate", run) : run();
}

// Sends what waits, oldest first, and keeps what the ledger says of each; how many there were.
export async function send({ db, ask: ask_ = ask, lang }) {
  const waiting = (await db.all("outbox")).filter((row) => row.state === "waiting").sort(byAge);
  const count = waiting.length;
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
  return count;
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

// Makes the acts of the loads that were signed, and makes them again where another one came between; how many it made.
export async function act(context, list) {
  let total = 0;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const made = await plan(context, list);
    if (!made) break;
    total += made;
    await send(context);
  }
  return total;
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
