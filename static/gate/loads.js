// A load at the gate: scans are kept one by one as they are made; at its end they are signed on the spot.
// What is signed is kept with its id before anything is sent, so that a reload loses none and doubles none.

import { MAX_CLAIMS_BYTES, MAX_PREV, rawScan, signEvent, uuid7 } from "./event.js";
import { utf8 } from "./bytes.js";

const IN_FORCE = ["waiting", "logged"];

// A load that begins: an announced consignment, or null for what comes unannounced.
export async function startLoad(db, { announced, now }) {
  const load = {
    id: uuid7(now),
    consignment: announced?.consignment ?? uuid7(now),
    by: announced?.by ?? null,
    expected: announced?.items ?? [],
    started: now,
    state: "open",
    gross_g: null,
    tare_g: null,
    checked: null,
    yes: [],
    from: "consumer",
    mends: null,
  };
  await db.put("loads", load);
  return load;
}

// Keeps a scan; an item that the load has already is told and not counted twice.
export async function addScan(db, load, { raw, item, level, reasons, now, photo = null }) {
  const scans = await scansOf(db, load.id);
  const before = scans.find((one) => (item === null ? one.raw === raw && photo === null : one.item === item));
  if (before !== undefined) return { scan: before, again: true };
  const announced = item !== null && load.expected.includes(item);
  const free = item === null || level === "stop" ? "none" : announced ? "accept" : "collect";
  const scan = {
    id: uuid7(now), load: load.id, at: now, raw, item, level, reasons, photo,
    answer: announced && level === "stop" ? "reject" : free,
    condition: "sound",
    reason: "damaged",
    act: null,
    problem: null,
  };
  await db.put("scans", scan);
  return { scan, again: false };
}

export async function scansOf(db, load) {
  return (await db.of("scans", "load", load)).sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}

export function counted(load, scans) {
  const seen = new Set(scans.map((one) => one.item));
  return {
    expected: load.expected.length,
    arrived: load.expected.filter((item) => seen.has(item)).length,
    missing: load.expected.filter((item) => !seen.has(item)),
    extra: scans.filter((one) => one.item === null || !load.expected.includes(one.item)).length,
  };
}

// Signs what came through: one `intake.recorded`, or several where one would be too large. Weighed once, said once.
// Of a load that is mended only what stands in no statement yet.
export async function finishLoad(db, load, { signer, org, place, list, now }) {
  const stated = await statedOf(db, load.id);
  const scans = (await scansOf(db, load.id)).filter((one) => !stated.scans.has(one.id));
  const rows = [];
  for (const part of parts(scans, list)) {
    const first = rows.length === 0 && !stated.weighed && load.gross_g !== null;
    const weighed = first ? { gross_g: load.gross_g, tare_g: load.tare_g ?? 0 } : {};
    const data = { consignment: load.consignment, scans: part.scans, ...weighed };
    if (Object.keys(part.prev).length) data.place = place;
    const made = await signEvent(signer, { aud: list.origin, iss: org, event: "intake.recorded", prev: part.prev, data, now });
    const row = outboxRow(made, { load: load.id, kind: "intake", items: Object.keys(part.prev), now, order: rows.length });
    rows.push({ ...row, scans: part.ids, weighed: first });
  }
  const closed = { ...load, state: "signed", signed: now, org, place, mends: null };
  await db.write([...rows.map((value) => ({ store: "outbox", value })), { store: "loads", value: closed }]);
  return { load: closed, rows };
}

// The scans of a load that stand in a statement which is in the ledger or on its way, and whether one has the weight.
export async function statedOf(db, load) {
  const rows = (await db.all("outbox")).filter((row) => row.load === load && row.kind === "intake" && IN_FORCE.includes(row.state));
  return { scans: new Set(rows.flatMap((row) => row.scans ?? [])), weighed: rows.some((row) => row.weighed) };
}

// Opens a load again whose statement the ledger refused. What was signed stays in the journal; it is not sent again.
export async function mendLoad(db, id) {
  const load = await db.get("loads", id);
  const refused = (await db.all("outbox")).filter((row) => row.load === id && row.kind === "intake" && row.state === "refused");
  if (load === undefined || refused.length === 0) return null;
  const opened = { ...load, state: "open", mends: refused[0].problem };
  const replaced = refused.map((row) => ({ store: "outbox", value: { ...row, state: "replaced" } }));
  await db.write([...replaced, { store: "loads", value: opened }]);
  return opened;
}

export function outboxRow({ id, text }, { load, kind, items, now, order = 0 }) {
  return { id, text, load, kind, items, made: now, order, state: "waiting", problem: null };
}

function* parts(scans, list) {
  let part = { scans: [], ids: [], prev: {}, bytes: 0 };
  for (const one of scans) {
    const told = { raw: rawScan(one.raw) };
    if (one.item !== null) told.item = one.item;
    if (one.photo !== null) told.photo_sha256 = one.photo;
    const tip = one.item === null ? null : (list.items[one.item]?.state.tip ?? null);
    const bytes = utf8(JSON.stringify(told)).length + (one.item === null ? 0 : one.item.length + 60);
    if (part.scans.length === MAX_PREV || part.bytes + bytes > MAX_CLAIMS_BYTES) {
      yield part;
      part = { scans: [], ids: [], prev: {}, bytes: 0 };
    }
    part.scans.push(told);
    part.ids.push(one.id);
    part.bytes += bytes;
    if (one.item !== null) part.prev[one.item] = tip;
  }
  if (part.scans.length) yield part;
}

// Divides a weight over several events in proportion, in whole grams that add up (largest remainders).
export function spread(total, weights) {
  const sum = weights.reduce((one, other) => one + other, 0);
  const shares = weights.map((weight) => (sum ? (total * weight) / sum : total / weights.length));
  const floors = shares.map(Math.floor);
  let left = total - floors.reduce((one, other) => one + other, 0);
  const order = shares.map((share, at) => [share - floors[at], at]).sort((one, other) => other[0] - one[0] || one[1] - other[1]);
  for (const [, at] of order) {
    if (left <= 0) break;
    floors[at] += 1;
    left -= 1;
  }
  return floors;
}
