// What a QR code says whose modules are known in part: the more doubtful a codeword, the sooner it is given up, and the
// check codewords mend twice as many that are given up as errors in unknown places (ISO/IEC 18004). Labels are at error
// level Q and one alphanumeric segment (docs/formats.md, section 7); nothing else is read.

import { mended } from "./reedsolomon.js";

const LEVEL_Q = 3;
// Check codewords in each of the interleaved stretches, and how many stretches, by version.
const CHECKS = [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30];
const STRETCHES = [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12];
export const MAX_VERSION = CHECKS.length;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const ALPHANUMERIC = 2;
const MASKS_TRIED = 2;
// A module that lies so many times further from dark and light than half of them do is dirty.
const NOISE = 3;
const LEAST_NOISE = 0.1;
const MASKS = [
  (y, x) => (y + x) % 2,
  (y) => y % 2,
  (_, x) => x % 3,
  (y, x) => (y + x) % 3,
  (y, x) => ((y >> 1) + Math.floor(x / 3)) % 2,
  (y, x) => ((y * x) % 2) + ((y * x) % 3),
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2,
  (y, x) => (((y * x) % 3) + ((y + x) % 2)) % 2,
];

// Rings around a middle, the outermost first: how far out each goes, and whether it is dark.
const FINDER = [[4, -1], [3, 1], [2, -1], [1, 1]];
const ALIGNMENT = [[2, 1], [1, -1], [0, 1]];

export const edgeOf = (version) => 17 + 4 * version;

// Along either edge, where the centres of alignment patterns stand.
function alignments(version) {
  if (version === 1) return [];
  const last = edgeOf(version) - 7;
  const steps = Math.floor(version / 7) + 1;
  const step = Math.ceil((last - 6) / steps / 2) * 2;
  return [6, ...Array.from({ length: steps }, (_, at) => last - step * (steps - 1 - at))];
}

// Of each module 1 (dark) or -1 (light) where all codes of a version are the same, 0 for data, 2 for what tells of them.
export function pattern(version) {
  const edge = edgeOf(version);
  const found = new Int8Array(edge * edge);
  const fill = (top, left, height, width, value) => {
    for (let y = Math.max(0, top); y < Math.min(edge, top + height); y += 1) {
      found.fill(value, y * edge + Math.max(0, left), y * edge + Math.min(edge, left + width));
    }
  };
  const rings = (y, x, told) => told.forEach(([reach, value]) => fill(y - reach, x - reach, 2 * reach + 1, 2 * reach + 1, value));
  fill(0, 0, 9, 9, 2);
  fill(8, edge - 8, 1, 8, 2);
  fill(edge - 8, 8, 8, 1, 2);
  if (version >= 7) {
    fill(0, edge - 11, 6, 3, 2);
    fill(edge - 11, 0, 3, 6, 2);
  }
  for (let at = 8; at < edge - 8; at += 1) {
    fill(6, at, 1, 1, at % 2 ? -1 : 1);
    fill(at, 6, 1, 1, at % 2 ? -1 : 1);
  }
  for (const [y, x] of [[3, 3], [3, edge - 4], [edge - 4, 3]]) rings(y, x, FINDER);
  const lines = alignments(version);
  const [first, last] = [lines[0], lines.at(-1)];
  for (const y of lines) {
    for (const x of lines) {
      const isFinder = (y === first && (x === first || x === last)) || (y === last && x === first);
      if (!isFinder) rings(y, x, ALIGNMENT);
    }
  }
  return found;
}

// The masks of level Q, the likeliest first, by both places where a code tells its own.
function masks(ink, edge) {
  const agreement = (mask) => {
    const data = (LEVEL_Q << 3) | mask;
    let rest = data << 10;
    for (let bit = 14; bit >= 10; bit -= 1) if ((rest >> bit) & 1) rest ^= 0x537 << (bit - 10);
    const bits = ((data << 10) | rest) ^ 0x5412;
    let found = 0;
    for (let at = 0; at < 15; at += 1) {
      const down = at < 6 ? at : at < 8 ? at + 1 : edge - 15 + at;
      const across = at < 8 ? edge - 1 - at : at < 9 ? 7 : 14 - at;
      found += ((bits >> at) & 1 ? 1 : -1) * (ink[down * edge + 8] + ink[8 * edge + across]);
    }
    return found;
  };
  const told = MASKS.map((_, mask) => [agreement(mask), mask]).sort(([one], [other]) => other - one);
  return told.slice(0, MASKS_TRIED).map(([, mask]) => mask);
}

// Of each module how likely it is read wrong: under dirt as likely as not, however dark the dirt.
function doubtsOf(ink) {
  const off = ink.map((one) => 1 - Math.abs(one));
  const noise = Math.max(LEAST_NOISE, NOISE * [...off].sort((one, other) => one - other)[off.length >> 1]);
  return off.map((one) => Math.max(0, Math.min(1, one / noise - 1)) / 2);
}

// {values, doubts}: the codewords in the order in which they stand in the symbol.
function codewords(ink, doubtful, version, fixed, mask) {
  const edge = edgeOf(version);
  const [values, doubts] = [[], []];
  let [bits, value, doubt] = [0, 0, 0];
  for (let right = edge - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let step = 0; step < 2 * edge; step += 1) {
      const y = up ? edge - 1 - (step >> 1) : step >> 1;
      const x = right - (step & 1);
      if (fixed[y * edge + x] !== 0) continue;
      const told = ink[y * edge + x];
      value = (value << 1) | (Number(told > 0) ^ Number(MASKS[mask](y, x) === 0));
      doubt += doubtful[y * edge + x];
      bits += 1;
      if (bits % 8 === 0) {
        values.push(value);
        doubts.push(doubt);
        [value, doubt] = [0, 0];
      }
    }
  }
  return { values, doubts };
}

// The data of all stretches, each mended; null where one is beyond it.
function unravelled({ values, doubts }, version) {
  const [checks, count] = [CHECKS[version - 1], STRETCHES[version - 1]];
  const short = Math.floor(values.length / count) - checks;
  const shorter = count - (values.length % count);
  const places = Array.from({ length: count }, () => []);
  let at = 0;
  for (let row = 0; row <= short; row += 1) {
    for (let one = row < short ? 0 : shorter; one < count; one += 1) places[one].push(at++);
  }
  for (let row = 0; row < checks; row += 1) for (let one = 0; one < count; one += 1) places[one].push(at++);
  const data = [];
  for (const own of places) {
    const whole = mended(own.map((place) => values[place]), own.map((place) => doubts[place]), checks);
    if (whole === null) return null;
    data.push(...whole.slice(0, -checks));
  }
  return data;
}

// The text of one alphanumeric segment, and null where the data is anything else or not filled up as it must be.
function alphanumeric(data, version) {
  let at = 0;
  const take = (count) => {
    let found = 0;
    for (; count > 0; count -= 1, at += 1) found = (found << 1) | (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return found;
  };
  if (take(4) !== ALPHANUMERIC) return null;
  let left = take(version < 10 ? 9 : 11);
  let text = "";
  for (; left > 1; left -= 2) {
    const pair = take(11);
    if (pair >= 45 * 45) return null;
    text += LETTERS[Math.floor(pair / 45)] + LETTERS[pair % 45];
  }
  if (left === 1) text += LETTERS[take(6)] ?? "\0";
  if (at > data.length * 8 || take(Math.min(4, data.length * 8 - at)) !== 0 || text.includes("\0")) return null;
  const padding = data.slice(Math.ceil(at / 8));
  return padding.every((byte, place) => byte === (place % 2 ? 0x11 : 0xec)) ? text : null;
}

// ink: of each module, row by row, from -1 (surely light) to 1 (surely dark). The text, or null.
export function textOf(ink, version, fixed) {
  const doubtful = doubtsOf(ink);
  for (const mask of masks(ink, edgeOf(version))) {
    const data = unravelled(codewords(ink, doubtful, version, fixed, mask), version);
    const text = data === null ? null : alphanumeric(data, version);
    if (text !== null) return text;
  }
  return null;
}
