// Where the finder patterns of QR codes seem to be in a picture, damaged ones too.

const WINDOW = 1 / 16;
const SMALLEST_PX = 2;
const MOST_SPOTS = 14;
// Pictures of gravel have no end of places that a line takes for a pattern.
const MOST_SEEN = 300;
const LEAST_WEIGHT = 0.4;

// {ink, grey, width, height} of an image as a canvas gives it: how bright each pixel is, and how much darker than what
// is around it, from -127 to 127.
export function pictureOf({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  for (let at = 0; at < grey.length; at += 1) grey[at] = (data[4 * at] * 77 + data[4 * at + 1] * 150 + data[4 * at + 2] * 29) >> 8;
  return { grey, ink: inkOf(grey, width, height), width, height };
}

function inkOf(grey, width, height) {
  const sums = sumsOf(grey, width, height);
  const line = width + 1;
  const reach = Math.ceil(Math.min(width, height) * WINDOW);
  const ink = new Int8Array(grey.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach)];
    for (let x = 0; x < width; x += 1, at += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach)];
      const sum = sums[bottom * line + right] - sums[top * line + right] - sums[bottom * line + left] + sums[top * line + left];
      ink[at] = Math.max(-127, Math.min(127, (0.95 * sum) / ((bottom - top) * (right - left)) - grey[at]));
    }
  }
  return ink;
}

// Of each corner between pixels the sum of all above and left of it.
function sumsOf(grey, width, height) {
  const line = width + 1;
  const sums = new Uint32Array(line * (height + 1));
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0, row = 0; x < width; x += 1, at += 1) {
      row += grey[at];
      sums[(y + 1) * line + x + 1] = sums[y * line + x + 1] + row;
    }
  }
  return sums;
}

// Tells of each place on a line where dark and light follow each other as across a finder pattern: 1, 1, 3, 1, 1.
function alongLine(ink, start, stride, length, tell) {
  const runs = [0, 0, 0, 0, 0];
  let dark = false;
  for (let at = 0, begun = 0; at <= length; at += 1) {
    const is = at < length && ink[start + at * stride] > 0;
    if (is === dark && at < length) continue;
    runs.shift();
    runs.push(at - begun);
    begun = at;
    if (dark && isPattern(runs)) tell(at - runs[4] - runs[3] - runs[2] / 2, sum(runs) / 7);
    dark = is;
  }
}

const sum = (runs) => runs[0] + runs[1] + runs[2] + runs[3] + runs[4];

function isPattern(runs) {
  const module = sum(runs) / 7;
  if (module < SMALLEST_PX) return false;
  return runs.every((run, place) => Math.abs(run - (place === 2 ? 3 : 1) * module) < (place === 2 ? 1 : 0.6) * module);
}

export const areAlike = (one, other) => one.module < 1.4 * other.module && other.module < 1.4 * one.module;

// {x, y, module}: the middle of what may be a finder pattern and the size of its modules in pixels, the likeliest
// first. A pattern that is damaged is still crossed by some lines, one way or the other.
export function spotsOf({ ink, width, height }) {
  const seen = [];
  const add = (x, y, module, way) => {
    const near = seen.find((one) => Math.hypot(one.x - x, one.y - y) < 2.2 * one.module && areAlike(one, { module }));
    if (near !== undefined) near[way].push([x, y, module]);
    else if (seen.length < MOST_SEEN) seen.push({ x, y, module, across: [], down: [], [way]: [[x, y, module]] });
  };
  for (let y = 0; y < height; y += 2) alongLine(ink, y * width, 1, width, (x, module) => add(x, y, module, "across"));
  for (let x = 0; x < width; x += 2) alongLine(ink, x, width, height, (y, module) => add(x, y, module, "down"));
  const told = seen.map(middle).filter((one) => one.weight > LEAST_WEIGHT);
  return told.sort((one, other) => other.weight - one.weight).slice(0, MOST_SPOTS);
}

// Lines across tell best how far right the middle is, lines down how far down.
function middle({ across, down }) {
  const all = [...across, ...down];
  const mean = (rows, place) => rows.reduce((total, row) => total + row[place], 0) / rows.length;
  const module = mean(all, 2);
  return { x: mean(across.length ? across : down, 0), y: mean(down.length ? down : across, 1), module, weight: all.length / module };
}
