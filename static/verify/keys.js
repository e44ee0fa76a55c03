// Public keys and their signatures: Ed25519 (RFC 8032) and ES256 (RFC 7518), each with one accepted form.
import { base64url, concat, number, Refused, refuse, sha256, unbase64url, utf8 } from "./bytes.js";
import { object, only, text } from "./json.js";

const P = (1n << 255n) - 19n;
const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SMALL_Y = [
  0n, 1n, P - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n,
];
const littleEndian = (bytes) => number(bytes.slice().reverse());

/** Whether an encoded point is canonical and not of small order. The ledger's door demands prime order too. */
function sound(point) {
  const y = littleEndian(point) & ((1n << 255n) - 1n);
  return y < P && !SMALL_Y.includes(y);
}

/** An Ed25519 key that verifies `(message, signature)`; throws Refused where either does not hold. */
export async function ed25519(point) {
  refuse(point.length !== 32 || !sound(point), "not an Ed25519 key");
  const key = await crypto.subtle.importKey("raw", point, "Ed25519", true, ["verify"]);
  return async (message, signature) => {
    const s = signature.length === 64 ? littleEndian(signature.slice(32)) : L;
    refuse(s >= L || !sound(signature.slice(0, 32)), "not an Ed25519 signature", "not_signed");
    const holds = await crypto.subtle.verify("Ed25519", key, signature, message);
    refuse(!holds, "the Ed25519 signature does not verify", "not_signed");
  };
}

async function es256(jwk) {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, curve, true, ["verify"]).catch(() => {
    throw new Refused("not a point of P-256");
  });
  return async (message, signature) => {
    const r = number(signature.slice(0, 32));
    const s = number(signature.slice(32));
    const odd = signature.length !== 64 || r === 0n || r >= N || s === 0n || s > N / 2n;
    refuse(odd, "not an ES256 signature in its one form", "not_signed");
    const holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
    refuse(!holds, "the ES256 signature does not verify", "not_signed");
  };
}

const coordinate = (value) => {
  refuse(unbase64url(text()(value)).length !== 32, "a coordinate has 32 bytes");
  return value;
};
const OKP = object({ crv: only("Ed25519"), kty: only("OKP"), x: coordinate });
const EC = object({ crv: only("P-256"), kty: only("EC"), x: coordinate, y: coordinate });

/** The key of a JWK with its thumbprint members only: `{alg, kid, verify}`. */
export async function keyOf(jwk) {
  const curved = jwk?.kty === "EC";
  const plain = (curved ? EC : OKP)(jwk);
  const kid = base64url(await sha256(utf8(JSON.stringify(plain))));
  if (curved) return { alg: "ES256", kid, verify: await es256(plain) };
  return { alg: "Ed25519", kid, verify: await ed25519(unbase64url(plain.x)) };
}

/** ML-DSA-44, by a module that is loaded where a key asks for it; null where it is not there. */
async function mlDsa44(key) {
  refuse(key.length !== 1312, "not an ML-DSA-44 key");
  const found = await import("../vendor/noble/post-quantum/ml-dsa.js").catch(() => null);
  if (found === null) return null;
  return async (message, signature) => {
    const holds = signature.length === 2420 && found.ml_dsa44.verify(signature, message, key);
    refuse(!holds, "the ML-DSA-44 signature does not verify", "not_signed");
  };
}

/** A vkey `<name>+<key ID>+<base64 of type and key>`: `{name, id, type, data, verify}`; `verify` may be null. */
export async function vkey(name, hex, data) {
  const [type, key] = [data[0], data.slice(1)];
  const id = (await sha256(concat(utf8(`${name}\n`), data))).slice(0, 4);
  const told = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  refuse(hex !== told, "the key ID is not the one of this name and key");
  refuse(![1, 4, 6].includes(type), "a key of another type");
  return { name, id, type, key, verify: type === 6 ? await mlDsa44(key) : await ed25519(key) };
}
