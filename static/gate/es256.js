// ES256 as docs/formats.md, section 2, says: r and s of 32 bytes, s in the lower half of the group order.

import { concat } from "./bytes.js";
import { InvalidSignatureError } from "./ed25519.js";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

export async function verify(jwk, message, signature) {
  if (signature.length !== 64) throw new InvalidSignatureError("a signature has 64 bytes");
  const s = number(signature.slice(32));
  if (s > ORDER / 2n) throw new InvalidSignatureError("s is in the upper half of the group order");
  const key = await crypto.subtle.importKey("jwk", { ...jwk, ext: true }, ALGORITHM, false, ["verify"]);
  if (!(await crypto.subtle.verify(SIGNING, key, signature, message)))
    throw new InvalidSignatureError("the signature does not hold");
}

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

function number(big) {
  return big.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytes(value) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 255n));
}
