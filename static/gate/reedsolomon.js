// Reed-Solomon over GF(256) as in QR codes (x^8 + x^4 + x^3 + x^2 + 1, first root 1): errors and erasures.

// Of the check codewords so many are never spent, so that nothing is mended into what it never was.
const KEPT = 4;
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; at += 1) {
  [EXP[at], EXP[at + 255], LOG[value]] = [value, value, at];
  value = value & 0x80 ? ((value << 1) & 0xff) ^ 0x1d : value << 1;
}

const times = (one, other) => (one && other ? EXP[LOG[one] + LOG[other]] : 0);
const over = (one, other) => (one ? EXP[LOG[one] + 255 - LOG[other]] : 0);

// Polynomials have their lowest coefficient first.
const value = (poly, x) => poly.reduceRight((sum, one) => times(sum, x) ^ one, 0);

function product(one, other, most = Infinity) {
  const found = new Array(Math.min(one.length + other.length - 1, most)).fill(0);
  one.forEach((left, at) => other.forEach((right, place) => at + place < found.length && (found[at + place] ^= times(left, right))));
  return found;
}

const syndromes = (word, checks) => {
  const poly = [...word].reverse();
  return Array.from({ length: checks }, (_, at) => value(poly, EXP[at]));
};

// The polynomial whose roots are the places of all that is wrong, begun with those given up (Berlekamp and Massey).
function locator(told, given) {
  let found = given.reduce((poly, place) => product(poly, [1, EXP[place]]), [1]);
  let before = [...found];
  let length = given.length;
  for (let step = given.length; step < told.length; step += 1) {
    before.unshift(0);
    const off = found.reduce((sum, one, at) => sum ^ (at <= step ? times(one, told[step - at]) : 0), 0);
    if (off === 0) continue;
    const next = Array.from({ length: Math.max(found.length, before.length) }, (_, at) => (found[at] ?? 0) ^ times(off, before[at] ?? 0));
    if (2 * length <= step + given.length) {
      length = step + 1 + given.length - length;
      before = found.map((one) => over(one, off));
    }
    found = next;
  }
  return { found, length };
}

// The word with those codewords given up and whatever else is wrong put right; null where that is too much.
function corrected(word, checks, given) {
  const told = syndromes(word, checks);
  if (told.every((one) => one === 0)) return word;
  const { found, length } = locator(told, given);
  if (2 * length - given.length > checks - KEPT) return null;
  const wrong = word.map((_, place) => place).filter((place) => value(found, EXP[255 - place]) === 0);
  if (wrong.length !== length) return null;
  const evaluator = product(told, found, checks);
  const slope = found.map((one, at) => (at % 2 ? one : 0)).slice(1);
  const right = [...word];
  for (const place of wrong) {
    const inverse = EXP[255 - place];
    // With 1 as the first root an error is its place times evaluator over slope.
    right[word.length - 1 - place] ^= times(EXP[place], over(value(evaluator, inverse), value(slope, inverse)));
  }
  return syndromes(right, checks).every((one) => one === 0) ? right : null;
}

// word: data and check codewords as read; doubts: of each, how doubtful. More and more of the doubtful are given up.
export function mended(word, doubts, checks) {
  const doubtful = doubts.map((doubt, at) => [doubt, word.length - 1 - at]).sort(([one], [other]) => other - one);
  for (let count = 0; count <= checks - KEPT; count += 2) {
    const found = corrected(word, checks, doubtful.slice(0, count).map(([, place]) => place));
    if (found !== null) return found;
  }
  return null;
}
