// Signing with ES256 as docs/formats.md, section 2, says: r and s of 32 bytes, s in the lower half of the group order.
// What the verifier checks, the gate checks with the verifier's own (static/verify/keys.js).

import { concat, number } from "./bytes.js";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

// The private key stays in the browser: it can be used, and never read or exported.
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { privateKey: pair.privateKey, jwk: { crv, kty, x, y } };
}

export async function sign(privateKey, message) {
  const made = new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, message));
  const s = number(made.slice(32));
  return s > ORDER / 2n ? concat(made.slice(0, 32), bytes(ORDER - s)) : made;
}

function bytes(value) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 255n));
}
