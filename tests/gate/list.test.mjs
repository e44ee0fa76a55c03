// The signed list: what a device takes, what it refuses, and what it goes on with.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { ownKey } from "../../static/gate/device.js";
import { RefusedListError, openNote } from "../../static/gate/note.js";
import { pull } from "../../static/gate/pull.js";
import { sync } from "../../static/gate/sync.js";
import { FakeLedger, LogKey, Memory } from "./ledger.mjs";

const ORG = "org:91999999000000078G";
const NOW = Date.parse("2026-11-22T12:00:00Z");

async function device() {
  const db = new Memory();
  const signer = await ownKey(db);
  const ledger = new FakeLedger({ org: ORG, kid: signer.kid, items: [], consignment: "c" });
  const waits = [];
  const context = { db, signer, kid: signer.kid, lang: "en", now: () => NOW, ask: ledger.ask, pause: async (ms) => waits.push(ms) };
  return { db, ledger, context, waits };
}

const refuses = (reason) => (error) => error instanceof RefusedListError && error.reason === reason;
const signed = async ({ ledger }, changes = {}, options = {}) => ledger.key.sign(await ledger.stopList(changes), { time: ledger.time, ...options });

test("a list is as old as the log says that it is", async () => {
  const all = await device();
  all.ledger.time -= 86_400;
  assert.equal((await pull(all.context)).date, "2026-11-21T12:00:00.000Z");
});

test("a list that was cut or changed on its way is refused", async () => {
  const all = await device();
  const answer = await signed(all, { flagged: { "gbt34014:A": ["stolen"] } });
  for (const [changed, reason] of [
    [{ ...answer, list: answer.list.replace("stolen", "lost") }, "cut"],
    [{ ...answer, list: answer.list.replace('"gbt34014:A":["stolen"]', "") }, "cut"],
    [{ ...answer, note: answer.note.replace(/\n[0-9]+\n/, "\n9\n") }, "unsigned"],
    [{ ...answer, note: answer.note.replace("/v1", "/v2") }, "unsigned"],
    [{ ...answer, note: "" }, "unsigned"],
    [{ v: 1, flagged: {} }, "unsigned"],
    [await signed(all, {}, { size: 7 }), "cut"],
  ]) {
    all.ledger.answers = changed;
    await assert.rejects(pull(all.context), refuses(reason), JSON.stringify(changed).slice(0, 80));
  }
  assert.equal(await all.db.get("kept", "list"), undefined);
});

test("an older list does not take the place of the one held", async () => {
  const all = await device();
  all.ledger.log.set("an event", 0);
  await pull(all.context);
  all.ledger.log.clear();
  await assert.rejects(pull(all.context), refuses("older"));
  all.ledger.log.set("an event", 0);
  all.ledger.time -= 601;
  await assert.rejects(pull(all.context), refuses("older"));
  // Another server of the same log may have signed a little earlier.
  all.ledger.time += 301;
  await pull(all.context);
});

test("another key of the log is taken only once a person has said so", async () => {
  const all = await device();
  await pull(all.context);
  all.ledger.key = await LogKey.make();
  const error = await pull(all.context).catch((one) => one);
  assert.deepEqual([error.reason, error.offered], ["other_key", all.ledger.key.vkey]);
  await all.db.put("kept", error.offered, "vkey");
  await pull(all.context);
});

test("keys that the list was not made beside are asked for again, then refused", async () => {
  const all = await device();
  const before = all.ledger.bundle();
  let late = 1;
  all.context.ask = async (path, options) => {
    const told = await all.ledger.ask(path, options);
    return path === "/v1/keys" && late-- > 0 ? { ...before, keys: [...before.keys, { kid: "another" }] } : told;
  };
  await pull(all.context);
  assert.equal(all.waits.length, 1);
  late = Infinity;
  await assert.rejects(pull(all.context), refuses("other_keys"));
  assert.equal(all.waits.length, 3);
});

test("what was signed goes out even where the list is refused", async () => {
  const all = await device();
  await pull(all.context);
  await all.db.put("outbox", { id: "e", text: all.ledger.told(), load: "l", kind: "intake", items: [], made: 1, order: 0, state: "waiting", problem: null });
  all.ledger.answers = { v: 2, list: "{}", note: "" };
  await assert.rejects(sync(all.context), refuses("unsigned"));
  assert.equal(all.ledger.log.size, 1);
  assert.equal((await all.db.get("outbox", "e")).state, "logged");
});

test("the vectors: the log's signature opens, and nothing else does", async () => {
  const vector = JSON.parse(await readFile(new URL("../vectors/stop_list.json", import.meta.url), "utf8"));
  assert.deepEqual(await openNote(vector.signed, vector.list, vector.vkey), { origin: vector.vkey.split("+")[0], size: vector.size, time: vector.time_s * 1000 });
  for (const [name, note] of Object.entries(vector.refused)) await assert.rejects(openNote(note, vector.list, vector.vkey), RefusedListError, name);
});
