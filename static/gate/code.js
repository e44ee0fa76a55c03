// What a scan may name, as ledger/scan.py reads it: codes come split, in lower case, with O for 0 and I for 1.

import { parseUrl } from "./label.js";

const DATE_LETTERS = "123456789ABCDEFGHJKLMNPRSTVWXY";
const DESIGN = "([0-9A-Z]{3})([PMC])[A-GZ]([0-9A-Z]{2})";
const PRODUCTION = "([1-9A-HJ-NPR-TVWXY])([1-9A-C])([0-9A-HJ-NPR-TVWXY])([0-9]{7})";
const NEW = new RegExp(`^${DESIGN}[0-9A-Z]{7}${PRODUCTION}(?:R[PMC])?$`);
const REUSE = new RegExp(`^${DESIGN}${PRODUCTION}R[PMC]$`);
const USUAL_CUTS = [10, 12, 11, 14, 13, 7];
const MAX_SCAN = 4096;
const CLOSE = ["0O", "0Q", "0D", "OQ", "OD", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV"];
const DISTANT = ["17", "7T", "08", "38", "3B", "56", "68", "49", "4A", "CG", "EF", "PR", "MN", "VY", "KX", "DQ"];
const MAX_COST = 6;
// Of less than so many letters anything is a reading.
export const LEAST_READ = 4;
const COSTS = new Map();
for (const [cost, pairs] of [[4, DISTANT], [2, CLOSE]])
  for (const [one, other] of pairs) for (const pair of [one + other, other + one]) COSTS.set(pair, cost);
for (const pair of ["O0", "Q0", "I1"]) COSTS.set(pair, 1);

// The parts of a battery code that recalls select by, null where a text is none.
export function parseCode(text) {
  const form = { 19: REUSE, 24: NEW, 26: NEW }[text.length];
  const match = form?.exec(text);
  if (!match) return null;
  const [, vendor, kind, spec, year, month, day, serial] = match;
  const numbers = [2011 + DATE_LETTERS.indexOf(year), "123456789ABC".indexOf(month) + 1, (DATE_LETTERS + "0").indexOf(day) + 1];
  const date = new Date(Date.UTC(numbers[0], numbers[1] - 1, numbers[2]));
  if (date.getUTCDate() !== numbers[2]) return null;
  return { vendor, kind, spec, made_on: date.toISOString().slice(0, 10), serial: Number(serial) };
}

export function codeOf(item) {
  return item.startsWith("gbt34014:") ? item.slice(9) : item;
}

// A code as labels print it: a battery code in its design and production parts, a line each.
export function linesOf(code) {
  if (parseCode(code) === null) return [code];
  const cut = code.length === 19 ? 7 : 14;
  return [code.slice(0, cut), code.slice(cut)];
}

export function itemOf(code) {
  return code.includes(":") ? code : `gbt34014:${code}`;
}

// {kind, items, label}: the ids a scan may name, likeliest first; none where it cannot be read.
export function interpret(scanned) {
  const text = narrow(scanned).trim().slice(0, MAX_SCAN);
  if (/^https?:\/\//i.test(text)) {
    const label = parseUrl(text);
    if (label !== null) return { kind: "label", items: idsOf(label.code), label };
    const found = [...text.toUpperCase().matchAll(/[0-9A-Z]+/g)].map(([run]) => run).filter(parseCode);
    return { kind: "link", items: unique(found).map(itemOf), label: null };
  }
  if (/^[a-z0-9]+:[0-9A-Z][0-9A-Z.:-]*$/.test(text)) return { kind: "id", items: [text], label: null };
  return { kind: "code", items: unique(codesIn(text)).map(itemOf), label: null };
}

function idsOf(code) {
  if (!code.includes(":")) return parseCode(code) ? [itemOf(code)] : [];
  const [scheme, ...rest] = code.split(":");
  return [`${scheme.toLowerCase()}:${rest.join(":")}`];
}

function* codesIn(text) {
  const pieces = text.replace(/^\][A-Za-z][0-9A-Za-z]/, "").split(/[\s\x1c-\x1f,;|]+/).map((piece) => piece.toUpperCase().replace(/[^0-9A-Z]+/g, "")).filter(Boolean);
  for (const letters of orders(pieces)) {
    if (parseCode(letters)) yield letters;
  }
  for (const letters of orders(pieces)) {
    const repaired = withoutLookalikes(letters);
    if (parseCode(repaired)) yield repaired;
  }
}

function* orders(pieces) {
  const whole = pieces.join("");
  yield whole;
  if (pieces.length === 2) yield pieces[1] + pieces[0];
  if (pieces.length === 3) {
    const [a, b, c] = pieces;
    yield* [a + c + b, b + a + c, b + c + a, c + a + b, c + b + a];
  }
  if (![19, 24, 26].includes(whole.length)) return;
  for (const cut of [...USUAL_CUTS, ...Array(whole.length).keys()]) yield whole.slice(cut) + whole.slice(0, cut);
}

function withoutLookalikes(letters) {
  const start = { 19: 7, 24: 14, 26: 14 }[letters.length];
  if (start === undefined) return letters;
  const production = letters.slice(start, start + 10).replace(/[OQ]/g, "0").replace(/I/g, "1");
  return letters.slice(0, start) + production + letters.slice(start + 10);
}

// The codes of a list that look like what was read, likeliest first; `?` stands for what cannot be read.
export function guesses(typed, codes, most = 5) {
  const pattern = narrow(typed).toUpperCase().replace(/[^0-9A-Z?]+/g, "");
  if (pattern.replaceAll("?", "").length < LEAST_READ) return [];
  const found = [];
  for (const code of codes) {
    const cost = likeness(pattern, code);
    if (cost !== null) found.push({ code, cost });
  }
  return found.sort((one, other) => one.cost - other.cost || (one.code < other.code ? -1 : 1)).slice(0, most);
}

// Half a code is enough: what was read may be either end of it.
function likeness(pattern, code) {
  if (pattern.length > code.length) return null;
  const places = pattern.length === code.length ? [0] : [0, code.length - pattern.length];
  const costs = places.map((start) => costAt(pattern, code, start)).filter((cost) => cost !== null);
  return costs.length ? Math.min(...costs) : null;
}

function costAt(pattern, code, start) {
  let total = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const [typed, real] = [pattern[at], code[start + at]];
    if (typed === "?" || typed === real) continue;
    total += COSTS.get(typed + real) ?? MAX_COST + 1;
    if (total > MAX_COST) return null;
  }
  return total;
}

// Full-width letters come from Chinese input methods.
export function narrow(text) {
  return text.replace(/[！-～]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0));
}

function unique(values) {
  return [...new Set(values)];
}
