// Consistency of two trees (RFC 9162, 2.1.4.2): the larger begins with every leaf of the smaller.

import { equal, refuse } from "../verify/bytes.js";
import { hashNode } from "../verify/log.js";

// Throws Refused unless the proof leads to both roots. Sizes are BigInt.
export async function checkConsistent(size1, size2, proof, root1, root2) {
  refuse(size1 <= 0n || size1 > size2, "no such two sizes", "not_consistent");
  refuse([root1, root2, ...proof].some((one) => one.length !== 32), "not a hash", "not_consistent");
  if (size1 === size2) {
    refuse(proof.length > 0 || !equal(root1, root2), "two roots for one size", "not_consistent");
    return;
  }
  // Of a perfect subtree the root is the hash the proof starts from.
  const path = (size1 & (size1 - 1n)) === 0n ? [root1, ...proof] : [...proof];
  refuse(path.length === 0, "the proof is too short", "not_consistent");
  let [place, last] = [size1 - 1n, size2 - 1n];
  for (; place & 1n; place >>= 1n) last >>= 1n;
  let [shown1, shown2] = [path[0], path[0]];
  for (const sibling of path.slice(1)) {
    refuse(last === 0n, "the proof is too long", "not_consistent");
    if (place & 1n || place === last) {
      [shown1, shown2] = [await hashNode(sibling, shown1), await hashNode(sibling, shown2)];
      for (; place && !(place & 1n); place >>= 1n) last >>= 1n;
    } else {
      shown2 = await hashNode(shown2, sibling);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  refuse(last !== 0n, "the proof is too short", "not_consistent");
  refuse(!equal(shown1, root1) || !equal(shown2, root2), "the proof leads to other roots", "not_consistent");
}
