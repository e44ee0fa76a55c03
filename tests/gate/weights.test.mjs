// What is typed as a weight is that weight or none: nothing is guessed, and nothing is left out without a word.

import assert from "node:assert/strict";
import test from "node:test";

import { typedOf, weigh } from "../../static/gate/weights.js";

const of = (gross, tare = "") => weigh({ gross, tare });
const wrong = (why, ...fields) => ({ gross_g: null, tare_g: null, wrong: { why, fields } });
const NONE = { gross_g: null, tare_g: null, wrong: null };

for (const typed of ["1200", " 1200 ", "1200.0", "1200.000", "１２００", "１２００．０", "01200"])
  test(`a gross weight of “${typed}” is 1200 kilograms`, () => {
    assert.deepEqual(of(typed), { gross_g: 1_200_000, tare_g: 0, wrong: null });
  });

for (const typed of ["1,200", "1，200", "1 200", "1\u00a0200", "1'200", "1。2", "1200kg", "1200 kg", "1e3", "0x10", "-5", "+5", "1.", ".5", "1.2345", "12345678", "abc", "一千"])
  test(`“${typed}” is no weight, neither as gross nor as tare`, () => {
    assert.deepEqual(of(typed), wrong("form", "gross"));
    assert.deepEqual(of("1200", typed), wrong("form", "tare"));
    assert.deepEqual(of(typed, typed), wrong("form", "gross", "tare"));
  });

for (const [gross, tare] of [["0", ""], ["0.000", ""], ["2000", "2500"], ["2000", "2000"], ["0", "0"]])
  test(`gross ${gross} less tare ${tare || "nothing"} leaves nothing`, () => {
    assert.deepEqual(of(gross, tare), wrong("net", "gross"));
  });

test("nothing typed is no weight and not wrong", () => {
  assert.deepEqual(of("", ""), NONE);
  assert.deepEqual(of(" ", "\u3000"), NONE);
});

test("a tare without a gross is told, and not left out", () => {
  assert.deepEqual(of("", "5"), wrong("alone", "tare"));
  assert.deepEqual(of("", "0"), wrong("alone", "tare"));
});

test("a weight is to the gram", () => {
  assert.deepEqual(of("9999999.999", "0.001"), { gross_g: 9_999_999_999, tare_g: 1, wrong: null });
});

test("what an earlier version kept in grams stands in the fields again", () => {
  assert.deepEqual(typedOf({ gross_g: 1_200_500, tare_g: 0 }), { gross: "1200.5", tare: "0" });
  assert.deepEqual(typedOf({ gross_g: null, tare_g: null }), { gross: "", tare: "" });
  assert.deepEqual(typedOf({ typed: { gross: "1,2", tare: "" }, gross_g: null, tare_g: null }), { gross: "1,2", tare: "" });
});
