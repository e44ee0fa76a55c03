// Reads a QR label of which dirt or a tear took a finder pattern, or more modules than a decoder mends. Two finder
// patterns are enough: a pair can be of six grids in a few versions. The grids that agree best with what is the same
// in all codes of a version are laid over the picture as a camera sees a plane, and read with their doubts (qr.js).

import { areAlike, pictureOf, spotsOf } from "./finder.js";
import { edgeOf, MAX_VERSION, pattern, textOf } from "./qr.js";

const MOST_GRIDS = 4;
const LEAST_AGREEMENT = 0.45;
// How much darker than around it a pixel is that says all it can.
const [DARK, DARKEST] = [32, 96];
// Finder patterns stand so far apart, from middle to middle, less than the edge of the code.
const BETWEEN = 7;

// {span, module, corners}: the grids that a pair of finder patterns may belong to. Its corners are the middles of the
// finder patterns and of the corner without one, clockwise from the first; span is the modules between two of them.
function* gridsOf(one, other) {
  const [dx, dy] = [other.x - one.x, other.y - one.y];
  const module = (one.module + other.module) / 2;
  const apart = Math.hypot(dx, dy);
  // A line that crosses a turned pattern is longer, by the cosine of its angle.
  const beside = (module * Math.max(Math.abs(dx), Math.abs(dy))) / apart;
  const opposite = (module * Math.max(Math.abs(dx + dy), Math.abs(dx - dy))) / apart / Math.SQRT2;
  for (const [a, b, x, y] of [[one, other, dx, dy], [other, one, -dx, -dy]]) {
    const span = apart / beside;
    yield { span, module, corners: [[a.x, a.y], [b.x, b.y], [b.x - y, b.y + x], [a.x - y, a.y + x]] };
    yield { span, module, corners: [[a.x, a.y], [a.x + y, a.y - x], [b.x + y, b.y - x], [b.x, b.y]] };
    const [middleX, middleY] = [a.x + x / 2, a.y + y / 2];
    const across = [[middleX - y / 2, middleY + x / 2], [middleX + y / 2, middleY - x / 2]];
    yield { span: apart / Math.SQRT2 / opposite, module, corners: [across[0], [a.x, a.y], across[1], [b.x, b.y]] };
  }
}

// Where a place in the square between four corners is in the picture.
function laid([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const [offX, offY] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3];
  const [ax, ay, bx, by] = [x1 - x2, y1 - y2, x3 - x2, y3 - y2];
  const area = ax * by - bx * ay;
  const [g, h] = [(offX * by - bx * offY) / area, (ax * offY - offX * ay) / area];
  const [a, b, c, d] = [x1 - x0 + g * x1, x3 - x0 + h * x3, y1 - y0 + g * y1, y3 - y0 + h * y3];
  return (u, v) => [(a * u + b * v + x0) / (g * u + h * v + 1), (c * u + d * v + y0) / (g * u + h * v + 1)];
}

// Tells of modules the pixel at the middle of each; of those outside of the picture nothing.
function walk({ width, height }, version, corners, wanted, tell) {
  const edge = edgeOf(version);
  const place = laid(corners);
  for (const at of wanted) {
    const [x, y] = place(((at % edge) - 3) / (edge - BETWEEN), (Math.floor(at / edge) - 3) / (edge - BETWEEN));
    if (x >= 0 && y >= 0 && x < width && y < height) tell(at, Math.floor(y) * width + Math.floor(x));
  }
}

const KNOWN = new Map();

// {fixed, told, all} of a version: its pattern, where that is dark or light, and every place.
function known(version) {
  if (!KNOWN.has(version)) {
    const fixed = pattern(version);
    const all = [...fixed.keys()];
    KNOWN.set(version, { fixed, told: all.filter((at) => Math.abs(fixed[at]) === 1), all });
  }
  return KNOWN.get(version);
}

// How well a grid agrees with what is the same in all codes of its version, from -1 to 1.
function agreement(picture, version, corners) {
  const { fixed, told } = known(version);
  let found = 0;
  walk(picture, version, corners, told, (at, pixel) => {
    found += fixed[at] * Math.max(-1, Math.min(1, picture.ink[pixel] / DARK));
  });
  return found / told.length;
}

// How surely dark or light the modules of a grid are, all of them, from 0 to 1: least where it lies on their edges.
function sureness(picture, version, corners) {
  const { all } = known(version);
  let found = 0;
  walk(picture, version, corners, all, (_, pixel) => {
    found += Math.min(1, Math.abs(picture.ink[pixel]) / DARKEST);
  });
  return found / all.length;
}

// The corners moved, in ever smaller steps, to where the grid is told to be best.
function settled(picture, version, corners, told, { from, to }) {
  let best = told(picture, version, corners);
  let found = corners;
  for (let step = from; step > to; step /= 2) {
    for (let moved = true, turn = 0; moved && turn < 6; turn += 1) {
      moved = false;
      for (let at = 0; at < 16; at += 1) {
        const tried = found.map((one) => [...one]);
        tried[at >> 2][(at >> 1) & 1] += at & 1 ? step : -step;
        const now = told(picture, version, tried);
        if (now > best) [best, found, moved] = [now, tried, true];
      }
    }
  }
  return found;
}

// Of each module from -1 to 1 how dark it is between what is light and what is dark in this code.
function modulesOf(picture, version, corners) {
  const { grey, width } = picture;
  const { all } = known(version);
  const told = new Float32Array(all.length).fill(NaN);
  walk(picture, version, corners, all, (at, pixel) => {
    const around = [pixel - 1, pixel + 1, pixel - width, pixel + width];
    told[at] = around.reduce((sum, one) => sum + (grey[one] ?? grey[pixel]), 2 * grey[pixel]) / 6;
  });
  const sorted = told.filter((one) => !Number.isNaN(one)).sort();
  const [dark, light] = [0.12, 0.88].map((share) => sorted[Math.floor(sorted.length * share)]);
  return told.map((one) => (Number.isNaN(one) ? 0 : Math.max(-1, Math.min(1, (light + dark - 2 * one) / (light - dark)))));
}

// The grids that agree best, of all pairs of spots.
function likeliest(picture) {
  const spots = spotsOf(picture);
  const found = [];
  for (const [at, one] of spots.entries()) {
    for (const other of spots.slice(at + 1).filter((spot) => areAlike(one, spot))) {
      for (const { span, module, corners } of gridsOf(one, other)) {
        const likely = (span + BETWEEN - edgeOf(0)) / 4;
        for (let version = Math.max(1, Math.floor(likely - 0.8)); version <= Math.min(MAX_VERSION, Math.ceil(likely + 0.8)); version += 1) {
          found.push({ version, module, corners, agrees: agreement(picture, version, corners) });
        }
      }
    }
  }
  return found.sort((one, other) => other.agrees - one.agrees).slice(0, MOST_GRIDS);
}

// The text of a QR label in an image as a canvas gives it, or null.
export function readWorn(image) {
  const picture = pictureOf(image);
  for (const { version, module, corners } of likeliest(picture)) {
    const near = settled(picture, version, corners, agreement, { from: module, to: module / 5 });
    if (agreement(picture, version, near) < LEAST_AGREEMENT) continue;
    const exact = settled(picture, version, near, sureness, { from: module / 4, to: module / 20 });
    const text = textOf(modulesOf(picture, version, exact), version, known(version).fixed);
    if (text !== null) return text;
  }
  return null;
}
