// Green takes everything; whatever cannot be checked is never green.

import assert from "node:assert/strict";
import test from "node:test";

import { base64url, sha256, utf8 } from "../../static/gate/bytes.js";
import { DAY_MS, judge } from "../../static/gate/judge.js";

const ITEM = "gbt34014:ZZZPB01TEST000G610000001";
const OWN = "org:91999999000000078G";
const MAKER = "org:9199999900000002XX";
const NOW = Date.parse("2026-11-22T12:00:00Z");
const state = (changes = {}) => ({ id: ITEM, kind: "pack", phase: "stock", maker: MAKER, label_sha256: "L", offer: { to: OWN }, ...changes });
const known = (changes = {}) => ({ state: state(changes), recalls: [], custodian: MAKER });
const list = (changes = {}) => ({ date: new Date(NOW - 1000).toISOString(), flagged: {}, recalls: [], ended: "", ...changes });
const label = (changes = {}) => ({ verdict: "signed", sha256: "L", key: {}, facts: {}, ...changes });
const asked = (changes = {}) => judge({ item: ITEM, label: label(), known: known(), list: list(), own: OWN, now: NOW, online: false, ...changes });

test("a signed label that the ledger names, on a fresh list, is genuine", async () => {
  assert.deepEqual(await asked(), { level: "go", reasons: ["genuine"] });
  assert.deepEqual(await asked({ online: true, list: null }), { level: "go", reasons: ["genuine"] });
});

const LOOKS = {
  in_doubt: { known: { ...known(), amber: true } },
  recalled_inside: { known: { ...known(), recalled_inside: true } },
  no_label_scanned: { label: null },
  no_label_known: { known: known({ label_sha256: undefined }) },
  label_unknown: { label: label({ verdict: "unknown" }) },
  label_newer: { label: label({ sha256: "M", facts: { number: 2 } }), known: known({ label_number: 1 }) },
  label_foreign: { label: label({ verdict: "foreign" }) },
  key_compromised: { label: label({ key: { compromised_since: "2026-01-01T00:00:00+08:00" } }) },
  lost: { known: known({ flags: ["lost"] }) },
  quarantined: { list: list({ flagged: { [ITEM]: ["quarantined"] } }) },
  keys_old: { list: list({ date: new Date(NOW - 31 * DAY_MS).toISOString() }) },
  list_old: { list: list({ date: new Date(NOW - 8 * DAY_MS).toISOString() }) },
  not_announced: { known: known({ offer: undefined }) },
};
for (const [reason, changes] of Object.entries(LOOKS))
  test(`needs a look: ${reason}`, async () => assert.deepEqual(await asked(changes), { level: "look", reasons: [reason] }));

const STOPS = {
  stolen: { list: list({ flagged: { [ITEM]: ["stolen"] } }) },
  cloned: { list: list({ flagged: { [ITEM]: ["cloned"] } }) },
  recalled: { list: list({ recalls: [{ maker: MAKER, open: [{ event: "e", vendor: "ZZZ" }] }] }) },
  recycled: { known: known({ phase: "ended", ended_by: "processed" }) },
  taken_apart: { known: known({ phase: "ended", ended_by: "split" }) },
  forged: { label: label({ verdict: "forged" }) },
  replaced: { label: label({ sha256: "M", facts: { number: 1 } }), known: known({ label_number: 2 }) },
  label_voided: { known: known({ label_number: 1, label_use: { number: 1, voided: "stolen" } }) },
};
for (const [reason, changes] of Object.entries(STOPS))
  test(`is stopped: ${reason}`, async () => {
    const { level, reasons } = await asked(changes);
    assert.equal(level, "stop");
    assert.deepEqual(reasons, [reason]);
  });

test("a label with a higher number than the ledger names is stopped where the ledger was asked", async () => {
  const newer = { label: label({ sha256: "M", facts: { number: 2 } }), known: known({ label_number: 1 }) };
  assert.deepEqual(await asked({ ...newer, online: true }), { level: "stop", reasons: ["replaced"] });
});

test("a clock that stands before the list is not trusted", async () => {
  assert.deepEqual((await asked({ now: NOW - 3 * DAY_MS })).reasons, ["keys_old"]);
});

test("without a list nothing is green", async () => {
  assert.equal((await asked({ list: null })).level, "look");
});

test("what is not in the list is never green, and its end is known by its mark", async () => {
  assert.deepEqual((await asked({ known: null })).reasons, ["label_alone", "not_in_list"]);
  assert.deepEqual((await asked({ known: null, label: null })).reasons, ["no_label_scanned", "not_in_list"]);
  const mark = base64url((await sha256(utf8(ITEM))).slice(0, 6));
  const { level, reasons } = await asked({ known: null, list: list({ ended: `AAAAAAAA${mark}` }) });
  assert.deepEqual([level, reasons[0]], ["stop", "recycled"]);
  // Marks stand at every eighth letter; across two of them nothing is found.
  assert.equal((await asked({ known: null, list: list({ ended: `AAAA${mark}AAAA` }) })).level, "look");
});

test("a label that the list calls void is stopped where the battery is in no load, and a later one is not", async () => {
  const voided = { known: null, list: list({ void_labels: { [ITEM]: 2 } }) };
  for (const number of [1, 2]) {
    const { level, reasons } = await asked({ ...voided, label: label({ facts: { number } }) });
    assert.deepEqual([level, reasons], ["stop", ["label_voided"]]);
  }
  assert.deepEqual((await asked({ ...voided, label: label({ facts: { number: 3 } }) })).reasons, ["label_alone", "not_in_list"]);
  // What nobody has signed with a known key says nothing of a number.
  assert.equal((await asked({ ...voided, label: label({ verdict: "unknown", facts: { number: 1 } }) })).level, "look");
  assert.equal((await asked({ known: null, label: label({ facts: { number: 1 } }) })).level, "look");
});

test("a recall by model may be for what the list does not have", async () => {
  const recalls = [{ maker: MAKER, open: [{ event: "e", vendor: "ZZZ", model: `${MAKER}/M@1` }] }];
  assert.ok((await asked({ known: null, list: list({ recalls }) })).reasons.includes("perhaps_recalled"));
});

test("a recall that was remedied on it counts no more, nor one of another maker", async () => {
  const open = [{ event: "e", vendor: "ZZZ" }];
  assert.equal((await asked({ known: known({ remedied: ["e"] }), list: list({ recalls: [{ maker: MAKER, open }] }) })).level, "go");
  assert.equal((await asked({ list: list({ recalls: [{ maker: "org:X", open }] }) })).level, "go");
});

test("asked of the ledger, its own recalls count", async () => {
  const told = { ...known(), recalls: ["e"] };
  assert.deepEqual((await asked({ online: true, known: told })).reasons, ["recalled"]);
});
