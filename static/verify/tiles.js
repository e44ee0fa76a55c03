// Checks the tiles and entry bundles of a log against a checkpoint, each by its path (C2SP tlog-tiles).
import { equal, Refused, refuse } from "./bytes.js";
import { hashLeaf, hashNode } from "./log.js";

const WIDTH = 256;

/** The path of a tile; `level` is a number or "entries". */
export function pathOf(level, n, width) {
  const digits = String(n).padStart(Math.ceil(String(n).length / 3) * 3, "0");
  const groups = digits.match(/.../g).map((three, at, all) => (at + 1 < all.length ? `x${three}` : three));
  return `tile/${level}/${groups.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

/** The widths of the tiles of a level over so many hashes. */
const widths = (count) => Array.from({ length: Math.ceil(count / WIDTH) }, (_, n) => Math.min(WIDTH, count - n * WIDTH));

/**
 * Checks every tile of a tree `{size, root}`; `read(path)` gives bytes. Throws Refused with the path of the first
 * that is not of this tree in `reason`; `edge` where the partial tiles give another root.
 */
export async function checkTiles({ size, root }, read) {
  const levels = [];
  for (let count = Number(size); count > 0; count = Math.floor(count / WIDTH)) {
    const tiles = [];
    for (const [n, width] of widths(count).entries()) {
      const path = pathOf(levels.length, n, width);
      const data = await read(path);
      refuse(data.length !== 32 * width, "a tile of another width", path);
      tiles.push(Array.from({ length: width }, (_, at) => data.slice(32 * at, 32 * (at + 1))));
    }
    levels.push(tiles);
  }
  await checkEdge(levels, root);
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    for (const [n, hashes] of levels[level].entries()) {
      if (hashes.length < WIDTH) continue;
      const above = levels[level + 1]?.[Math.floor(n / WIDTH)][n % WIDTH];
      refuse(!equal(await fold(hashes), above), "not the tile below its parent", pathOf(level, n, WIDTH));
    }
  }
  for (const [n, hashes] of (levels[0] ?? []).entries()) {
    await checkBundle(pathOf("entries", n, hashes.length), hashes, read);
  }
}

/** The root over some hashes, and over `rest` behind them where there is more to the right. */
async function fold(hashes, rest = null) {
  if (!hashes.length) return rest;
  const split = 2 ** Math.floor(Math.log2(hashes.length));
  if (split === hashes.length && rest === null) {
    if (split === 1) return hashes[0];
    return hashNode(await fold(hashes.slice(0, split / 2)), await fold(hashes.slice(split / 2)));
  }
  return hashNode(await fold(hashes.slice(0, split)), await fold(hashes.slice(split), rest));
}

async function checkEdge(levels, root) {
  let found = null;
  for (const tiles of levels) {
    const edge = tiles.at(-1);
    if (edge.length < WIDTH) found = await fold(edge, found);
  }
  refuse(found === null || !equal(found, root), "the right edge gives another root", "edge");
}

async function checkBundle(path, hashes, read) {
  const data = await read(path);
  let at = 0;
  for (const hash of hashes) {
    const length = data.length < at + 2 ? Infinity : data[at] * 256 + data[at + 1];
    refuse(at + 2 + length > data.length, "the bundle is too short", path);
    const entry = data.slice(at + 2, at + 2 + length);
    refuse(!equal(await hashLeaf(entry), hash), "an entry is not the one in the tree", path);
    at += 2 + length;
  }
  if (at !== data.length) throw new Refused("more than its entries", path);
}
