// Without loss and without double: scans, signatures and acts, whatever breaks in between.

import assert from "node:assert/strict";
import test from "node:test";

import { ownKey } from "../../static/gate/device.js";
import { addScan, counted, finishLoad, mendLoad, scansOf, spread, startLoad } from "../../static/gate/loads.js";
import { AwayError } from "../../static/gate/ledger.js";
import { pull } from "../../static/gate/pull.js";
import { act, send, sync } from "../../static/gate/sync.js";
import { FakeLedger, Memory, claimsOf } from "./ledger.mjs";

const ORG = "org:91999999000000078G";
const CONSIGNMENT = "01902000-0000-7000-8000-000000000001";
const NOW = Date.parse("2026-11-22T12:00:00Z");
const items = (count) => Array.from({ length: count }, (_, at) => `gbt34014:ZZZPB01TEST000G61${String(at).padStart(7, "0")}`);
const place = { district: "360702" };

async function gate(count) {
  const db = new Memory();
  const signer = await ownKey(db);
  const ledger = new FakeLedger({ org: ORG, kid: signer.kid, items: items(count), consignment: CONSIGNMENT });
  const context = { db, signer, kid: signer.kid, lang: "en", now: () => NOW, ask: ledger.ask };
  const list = await pull(context);
  return { db, signer, ledger, context, list };
}

async function received({ db, signer, list }, count, { raw = (item) => item.slice(9), weights = {} } = {}) {
  const load = { ...(await startLoad(db, { announced: list.loads[0], now: NOW })), ...weights };
  await db.put("loads", load);
  for (const item of items(count)) await addScan(db, load, { raw: raw(item), item, level: "go", reasons: [], now: NOW });
  return finishLoad(db, load, { signer, org: ORG, place, list, now: NOW });
}

test("a load goes into the ledger once: what came, then what was accepted", async () => {
  const all = await gate(5);
  await received(all, 4, { weights: { gross_g: 1_900_000, tare_g: 300_000, checked: true, yes: [] } });
  await sync(all.context);
  const [intake] = all.ledger.events("intake.recorded");
  assert.equal(intake.data.scans.length, 4);
  assert.deepEqual([intake.data.gross_g, intake.data.tare_g], [1_900_000, 300_000]);
  const [accepted] = all.ledger.events("transfer.accepted");
  assert.deepEqual(Object.keys(accepted.prev), items(4));
  assert.deepEqual([accepted.data.mass_basis, accepted.data.gross_g, accepted.data.tare_g], ["apportioned", 1_600_000, 0]);
  assert.deepEqual(accepted.data.checklist, { yes: [] });
  const before = all.ledger.log.size;
  await sync(all.context);
  assert.equal(all.ledger.log.size, before);
});

for (const faults of [["lost before"], ["lost after"], ["unknown"], ["lost after", "unknown"], ["x", "lost after"], ["x", "unknown", "lost before"]])
  test(`none is lost and none doubled where the network fails: ${faults}`, async () => {
    const all = await gate(40);
    await received(all, 40);
    all.ledger.faults = [...faults];
    for (let tries = 0; tries < 6; tries += 1)
      try {
        await sync(all.context);
      } catch (error) {
        assert.ok(error instanceof AwayError);
      }
    const told = all.ledger.events("intake.recorded").flatMap((one) => one.data.scans.map((scan) => scan.item));
    assert.deepEqual(told.sort(), items(40));
    const accepted = all.ledger.events("transfer.accepted").flatMap((one) => Object.keys(one.prev));
    assert.deepEqual(accepted.sort(), items(40));
    assert.ok((await all.db.all("outbox")).every((row) => row.state === "logged"));
  });

test("none is lost and none doubled where the device goes dark at any write", async () => {
  const total = await writesOfAll();
  for (let at = 1; at <= total; at += 1) {
    const all = await gate(6);
    all.db.writes = 0;
    all.db.breakAt = at;
    const load = await startLoad(all.db, { announced: all.list.loads[0], now: NOW }).catch(() => null);
    const dark = async (work) => {
      try {
        return await work();
      } catch (error) {
        assert.match(error.message, /dark/);
        all.db.breakAt = Infinity;
        return null;
      }
    };
    const begun = load ?? (await dark(async () => { throw new Error("dark"); })) ?? (await startLoad(all.db, { announced: all.list.loads[0], now: NOW }));
    for (const item of items(6)) {
      const scan = () => addScan(all.db, begun, { raw: item, item, level: "go", reasons: [], now: NOW });
      (await dark(scan)) ?? (await scan());
    }
    const finish = () => finishLoad(all.db, begun, { signer: all.signer, org: ORG, place, list: all.list, now: NOW });
    (await dark(finish)) ?? (await finish());
    (await dark(() => sync(all.context))) ?? (await sync(all.context));
    const accepted = all.ledger.events("transfer.accepted").flatMap((one) => Object.keys(one.prev));
    assert.deepEqual(accepted.sort(), items(6), `write ${at}`);
    assert.equal(all.ledger.events("intake.recorded").length, 1, `write ${at}`);
  }
});

async function writesOfAll() {
  const all = await gate(6);
  all.db.writes = 0;
  await received(all, 6);
  await sync(all.context);
  return all.db.writes;
}

test("two hundred labels take several events, each of a size that the ledger takes", async () => {
  const all = await gate(200);
  const label = (item) => `HTTPS://PACKS.EXAMPLE/P/${item.slice(9)}/${"A".repeat(190)}`;
  const { rows } = await received(all, 200, { raw: label, weights: { gross_g: 90_000_000, tare_g: 9_000_000 } });
  assert.ok(rows.length > 1);
  for (const row of rows) assert.ok(row.text.length < 60_000, String(row.text.length));
  assert.equal(rows.filter((row) => claimsOf(row.text).data.gross_g).length, 1);
  await sync(all.context);
  assert.equal(all.ledger.events("intake.recorded").flatMap((one) => one.data.scans).length, 200);
});

test("an item scanned twice counts once", async () => {
  const all = await gate(3);
  const load = await startLoad(all.db, { announced: all.list.loads[0], now: NOW });
  for (const n of [0, 1, 0]) {
    const item = items(3)[n];
    await addScan(all.db, load, { raw: item, item, level: "go", reasons: [], now: NOW });
  }
  const { arrived, expected, missing, extra } = counted(load, await scansOf(all.db, load.id));
  assert.deepEqual([arrived, expected, missing, extra], [2, 3, [items(3)[2]], 0]);
});

test("what another one answered first is a conflict in words, and the rest goes on", async () => {
  const all = await gate(4);
  await received(all, 4);
  const [gone, ours, refused] = items(4);
  const { offer, ...rest } = all.ledger.states.get(gone);
  all.ledger.states.set(gone, rest);
  all.ledger.states.set(ours, { ...all.ledger.states.get(ours), offer: undefined });
  all.ledger.holders.set(ours, ORG);
  all.ledger.refuse.set(refused, "quarantine.checklist");
  await sync(all.context);
  const accepted = all.ledger.events("transfer.accepted").flatMap((one) => Object.keys(one.prev));
  assert.deepEqual(accepted, [items(4)[3]]);
  const conflicts = Object.fromEntries((await all.db.all("scans")).filter((one) => one.act === "conflict").map((one) => [one.item, one.problem.rule]));
  assert.deepEqual(conflicts, { [gone]: "gate.offer_gone", [ours]: "gate.already_ours", [refused]: "quarantine.checklist" });
});

test("a piece that drops out takes its share of the weight along", async () => {
  const all = await gate(4);
  await received(all, 4, { weights: { gross_g: 1_620_000, tare_g: 20_000 } });
  all.ledger.refuse.set(items(4)[0], "quarantine.checklist");
  await sync(all.context);
  const [accepted] = all.ledger.events("transfer.accepted");
  assert.deepEqual([Object.keys(accepted.prev).length, accepted.data.gross_g], [3, 1_200_000]);
});

test("an act whose tips went stale is made anew on fresh ones", async () => {
  const all = await gate(3);
  await received(all, 3);
  await send(all.context);
  const real = all.context.ask;
  let moved = false;
  all.context.ask = async (path, options) => {
    if (path === "/v1/events" && !moved) {
      moved = true;
      all.ledger.states.get(items(3)[1]).tip = "n".repeat(43);
    }
    return real(path, options);
  };
  await act(all.context, all.list);
  const accepted = all.ledger.events("transfer.accepted").flatMap((one) => Object.keys(one.prev));
  assert.deepEqual(accepted.sort(), items(3));
});

test("a key that is not registered yet keeps what it signed", async () => {
  const all = await gate(2);
  await received(all, 2);
  const real = all.context.ask;
  all.context.ask = async (path, options) =>
    path === "/v1/events" ? { results: JSON.parse(options.body).events.map(() => ({ result: "refused", problem: { rule: "key.unknown", title: "?" } })) } : real(path, options);
  await sync(all.context);
  assert.ok((await all.db.all("outbox")).every((row) => row.state === "waiting" && row.problem.rule === "key.unknown"));
  all.context.ask = real;
  await sync(all.context);
  assert.ok((await all.db.all("outbox")).every((row) => row.state === "logged" && row.problem === null));
});

test("rejected and collected pieces have their own acts", async () => {
  const all = await gate(3);
  const load = await startLoad(all.db, { announced: { ...all.list.loads[0], items: items(3).slice(0, 2) }, now: NOW });
  for (const [at, item] of items(3).entries()) await addScan(all.db, load, { raw: item, item, level: "go", reasons: [], now: NOW + at });
  const [first, second, third] = await scansOf(all.db, load.id);
  assert.deepEqual([first.answer, second.answer, third.answer], ["accept", "accept", "collect"]);
  await all.db.put("scans", { ...first, answer: "reject", reason: "unsafe" });
  await all.db.put("scans", { ...second, condition: "swollen" });
  await finishLoad(all.db, load, { signer: all.signer, org: ORG, place, list: all.list, now: NOW });
  await sync(all.context);
  assert.equal(all.ledger.events("transfer.rejected")[0].data.reason, "unsafe");
  assert.deepEqual(all.ledger.events("transfer.accepted")[0].data.exceptions, [{ item: items(3)[1], condition: "swollen" }]);
  assert.deepEqual(all.ledger.events("item.collected")[0].data, { place, from: "consumer", condition: "sound" });
});

test("a weight is spread in whole grams that add up", () => {
  assert.deepEqual(spread(10, [1, 1, 1]), [4, 3, 3]);
  assert.deepEqual(spread(7, [0, 0]), [4, 3]);
  assert.equal(spread(1_000_003, [3, 5, 7, 11]).reduce((one, other) => one + other), 1_000_003);
});

test("what the ledger refused is put right and signed anew, and the refused one stays in the journal", async () => {
  const all = await gate(4);
  const { load } = await received(all, 3, { weights: { gross_g: 1_200_000, tare_g: 0 } });
  all.ledger.refuseIntakes = "place.unknown";
  await sync(all.context);
  assert.deepEqual((await all.db.all("outbox")).map((row) => row.state), ["refused"]);
  assert.equal(all.ledger.events("transfer.accepted").length, 0);
  const opened = await mendLoad(all.db, load.id);
  assert.equal(opened.mends.rule, "place.unknown");
  assert.equal(await mendLoad(all.db, load.id), null);
  all.ledger.refuseIntakes = null;
  const [dropped] = await scansOf(all.db, load.id);
  await all.db.write([{ store: "scans", remove: dropped.id }]);
  await finishLoad(all.db, { ...opened, gross_g: 800_000 }, { signer: all.signer, org: ORG, place: { district: "360703" }, list: all.list, now: NOW });
  await sync(all.context);
  const [intake, ...more] = all.ledger.events("intake.recorded");
  assert.deepEqual([more.length, intake.data.scans.length, intake.data.gross_g, intake.data.place.district], [0, 2, 800_000, "360703"]);
  const [accepted] = all.ledger.events("transfer.accepted");
  assert.deepEqual(Object.keys(accepted.prev), items(3).filter((item) => item !== dropped.item));
  assert.deepEqual((await all.db.all("outbox")).map((row) => row.state).sort(), ["logged", "logged", "replaced"]);
});

test("of a load in several statements only the refused one is signed anew, and the weight is said once", async () => {
  const all = await gate(300);
  const { load, rows } = await received(all, 300, { weights: { gross_g: 90_000_000, tare_g: 0 } });
  assert.equal(rows.length, 2);
  all.ledger.logged = 0;
  const { one } = FakeLedger.prototype;
  all.ledger.one = function refuseSecond(text) {
    const told = claimsOf(text);
    this.refuseIntakes = told.event === "intake.recorded" && told.data.gross_g === undefined && !this.mended ? "place.unknown" : null;
    return one.call(this, text);
  };
  await sync(all.context);
  assert.equal(all.ledger.events("transfer.accepted").length, 0);
  const opened = await mendLoad(all.db, load.id);
  all.ledger.mended = true;
  const again = await finishLoad(all.db, opened, { signer: all.signer, org: ORG, place, list: all.list, now: NOW });
  assert.equal(again.rows.length, 1);
  await sync(all.context);
  const intakes = all.ledger.events("intake.recorded");
  const told = intakes.flatMap((event) => event.data.scans.map((scan) => scan.item));
  assert.deepEqual([told.length, new Set(told).size], [300, 300]);
  assert.equal(intakes.filter((event) => "gross_g" in event.data).length, 1);
  const weighed = all.ledger.events("transfer.accepted").reduce((sum, event) => sum + event.data.gross_g, 0);
  assert.equal(weighed, 90_000_000);
});

test("a synchronisation that has nothing to send fetches the list once", async () => {
  const all = await gate(2);
  all.ledger.asked = [];
  await sync(all.context);
  assert.equal(all.ledger.asked.filter((one) => one === "GET /v1/gate").length, 1);
  await received(all, 1);
  all.ledger.asked = [];
  await sync(all.context);
  assert.equal(all.ledger.asked.filter((one) => one === "GET /v1/gate").length, 2);
});
