// A printed label bears a QR code and a bare code: one answer, and that of the label.

import assert from "node:assert/strict";
import test from "node:test";

import { looksOf } from "../../static/gate/decoder.js";
import { Sightings, labelsFirst } from "../../static/gate/sightings.js";

const CODE = "ZZZPB01TEST000G610000001";
const LABEL = `HTTPS://PACKS.EXAMPLE/P/${CODE}/2KCE`;
const OTHER = "ZZZPB01TEST000G610000002";

test("of one picture a label comes first, without its own bare code", () => {
  assert.deepEqual(labelsFirst([CODE, LABEL]), [LABEL]);
  assert.deepEqual(labelsFirst([OTHER, CODE.toLowerCase(), LABEL]), [LABEL, OTHER]);
  assert.deepEqual(labelsFirst([CODE]), [CODE]);
});

test("what stays in sight is told once, and again when it comes back", () => {
  const seen = new Sightings();
  assert.equal(seen.next([LABEL], 0), LABEL);
  assert.equal(seen.next([LABEL], 3000), null);
  assert.equal(seen.next([CODE], 6000), null);
  assert.equal(seen.next([LABEL], 9000), null);
  assert.equal(seen.next([LABEL], 14_000), LABEL);
});

test("two things in one picture are told one after the other, neither twice", () => {
  const seen = new Sightings();
  assert.equal(seen.next([CODE, OTHER], 0), CODE);
  assert.equal(seen.next([CODE, OTHER], 100), OTHER);
  assert.equal(seen.next([CODE, OTHER], 200), null);
});

test("a label is told though its bare code was", () => {
  const seen = new Sightings();
  assert.equal(seen.next([CODE], 0), CODE);
  assert.equal(seen.next([LABEL], 100), LABEL);
});

test("while an answer is read nothing is forgotten", () => {
  const seen = new Sightings();
  assert.equal(seen.next([LABEL], 0), LABEL);
  seen.goOn(60_000);
  assert.equal(seen.next([LABEL], 60_100), null);
});

test("beside a bare code a worn label is looked for in the same picture", async () => {
  const read = async () => [{ isValid: true, text: CODE }];
  assert.deepEqual(await looksOf(read, () => LABEL).looks[0]({}), [LABEL]);
  assert.deepEqual(await looksOf(read, () => null).looks[0]({}), [CODE]);
});
