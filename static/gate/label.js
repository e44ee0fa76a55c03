// A label: its URL, its token, and whether one of the keys signed it (docs/formats.md, section 7).

import { keyOf } from "../verify/keys.js";
import { Refused, base64url, fromBase32, fromBase64url, sha256, utf8, equal } from "./bytes.js";
import { decode, encodeArray, encodeBytes, encodeText } from "./cbor.js";
import { verify as verifyEd25519 } from "./ed25519.js";

const URL_FORM = /^(HTTPS?:\/\/[0-9A-Z][0-9A-Z.-]{0,252}(?::[1-9][0-9]{0,4})?)\/P\/([0-9A-Z:.-]+)(?:\/([2-7A-Z]*))?\/?$/;
const MAX_TOKEN = 400;
const CHEMISTRIES = ["NIMH", "LFP", "LMO", "LCO", "NMC", "EDLC", "LTO", "OTHER", "NCA", "LMFP", "NA-ION"];
const PROTECTED = { Ed25519: Uint8Array.of(0xa1, 1, 0x32), ES256: Uint8Array.of(0xa1, 1, 0x28) };
const MOST = { 2: 2 ** 32 - 1, 3: 2 ** 32 - 1, 4: 2 ** 32 - 1, 5: 31, 6: 65_535, 7: 65_535 };
const LEAST = { 2: 1, 3: 1, 4: 1, 5: 0, 6: 0, 7: 1 };

// The parts of a label's URL as printed, null where a text is none.
export function parseUrl(scanned) {
  const match = URL_FORM.exec(scanned.toUpperCase());
  if (match === null) return null;
  const [, origin, code, token] = match;
  return { origin, code, token: token || null, prefix: `${origin}/P/${code}/` };
}

export function parseToken(token) {
  if (token.length > MAX_TOKEN) throw new Refused("a token is longer than any label's");
  const cose = fromBase32(token);
  const whole = decode(cose);
  if (!Array.isArray(whole) || whole.length !== 4) throw new Refused("not a COSE_Sign1");
  const [header, unprotected, payload, signature] = whole;
  const algorithm = Object.keys(PROTECTED).find((name) => header instanceof Uint8Array && equal(PROTECTED[name], header));
  if (algorithm === undefined) throw new Refused("another algorithm");
  if (!(unprotected instanceof Map) || unprotected.size !== 1) throw new Refused("another unprotected header");
  const kid = unprotected.get(4);
  for (const [part, size] of [[kid, 8], [signature, 64]])
    if (!(part instanceof Uint8Array) || part.length !== size) throw new Refused("kid or signature of another size");
  if (!(payload instanceof Uint8Array)) throw new Refused("no payload");
  return { algorithm, kid, payload, signature, facts: facts(payload), cose };
}

function facts(payload) {
  const found = decode(payload);
  if (!(found instanceof Map) || found.size !== 7) throw new Refused("not the seven facts of a label");
  if (!CHEMISTRIES.includes(found.get(1))) throw new Refused("unknown chemistry");
  for (const key of [2, 3, 4, 5, 6, 7]) {
    const value = found.get(key);
    if (!Number.isInteger(value) || value < LEAST[key] || value > MOST[key]) throw new Refused("a fact is out of range");
  }
  return {
    chemistry: found.get(1),
    mass_g: found.get(2),
    nominal_voltage_mv: found.get(3),
    rated_energy_wh: found.get(4),
    hazards: found.get(5),
    manufactured_on: new Date(found.get(6) * 86_400_000).toISOString().slice(0, 10),
    number: found.get(7),
  };
}

// {verdict: "signed" | "forged" | "unknown", facts, key, sha256}. `unknown`: none of these keys has its key id.
export async function checkLabel(url, keys) {
  let label;
  try {
    label = parseToken(url.token ?? "");
  } catch (error) {
    if (error instanceof Refused) return { verdict: "forged", facts: null, key: null, sha256: null };
    throw error;
  }
  const told = { facts: label.facts, sha256: base64url(await sha256(label.cose)) };
  const signed = encodeArray(
    encodeText("Signature1"),
    encodeBytes(PROTECTED[label.algorithm]),
    encodeBytes(utf8(url.prefix)),
    encodeBytes(label.payload),
  );
  let candidates = 0;
  for (const key of keys) {
    if (!equal(fromBase64url(key.kid).slice(0, 8), label.kid) || algorithmOf(key.jwk) !== label.algorithm) continue;
    candidates += 1;
    if (await holds(key.jwk, signed, label.signature)) return { verdict: "signed", key, ...told };
  }
  return { verdict: candidates ? "forged" : "unknown", key: null, ...told };
}

export const algorithmOf = (jwk) => (jwk.kty === "OKP" ? "Ed25519" : "ES256");

async function holds(jwk, message, signature) {
  try {
    if (algorithmOf(jwk) === "Ed25519") await verifyEd25519(fromBase64url(jwk.x), message, signature);
    else await (await keyOf(jwk)).verify(message, signature);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

