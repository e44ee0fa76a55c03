// Weights as people type them: kilograms, in digits and a point. A comma is refused: it parts thousands for some and
// grams for others, and a weight a thousand times too small is signed like any other.

import { narrow } from "./code.js";

const KILOGRAMS = /^[0-9]{1,7}([.][0-9]{1,3})?$/;

// Whole grams; null of an empty field, NaN of what is no weight.
function gramsOf(typed) {
  const text = narrow(typed).trim();
  if (text === "") return null;
  return KILOGRAMS.test(text) ? Math.round(Number(text) * 1000) : NaN;
}

// {gross_g, tare_g, wrong} of what stands in the fields {gross, tare}: whole grams, null where nothing is weighed or
// something is wrong. `wrong` names the fields and why: `form` is no weight, `net` leaves nothing, `alone` lacks a gross.
export function weigh(typed) {
  const [gross, tare] = [gramsOf(typed.gross), gramsOf(typed.tare)];
  const wrong = wrongIn(gross, tare);
  if (gross === null || wrong !== null) return { gross_g: null, tare_g: null, wrong };
  return { gross_g: gross, tare_g: tare ?? 0, wrong };
}

function wrongIn(gross, tare) {
  const fields = [["gross", gross], ["tare", tare]].filter(([, grams]) => Number.isNaN(grams)).map(([field]) => field);
  if (fields.length) return { why: "form", fields };
  if (gross === null) return tare === null ? null : { why: "alone", fields: ["tare"] };
  return gross > (tare ?? 0) ? null : { why: "net", fields: ["gross"] };
}

// What stands in the fields of a load: as it was typed, or by what an earlier version of the gate kept.
export function typedOf({ typed, gross_g, tare_g }) {
  const text = (grams) => (grams === null ? "" : String(grams / 1000));
  return typed ?? { gross: text(gross_g), tare: text(tare_g) };
}
