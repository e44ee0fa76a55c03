// Making an event on the device: docs/formats.md, section 2, without restricted claims.

import { base64url, sha256, utf8 } from "./bytes.js";
import { sign } from "./es256.js";

const TYP = "battery-event+sd-jwt";
export const MAX_PREV = 256;
// Below the 60,000 bytes of a JWS, with room for header and signature.
export const MAX_CLAIMS_BYTES = 44_000;

export function uuid7(now) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 5, left = now; at >= 0; at -= 1, left = Math.floor(left / 256)) bytes[at] = left % 256;
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// The moment as people at the gate have it: with seconds and the offset of their clock.
export function instant(now) {
  const date = new Date(now);
  const offset = -date.getTimezoneOffset();
  const local = new Date(now + offset * 60_000).toISOString().slice(0, 19);
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${local}${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}

export async function thumbprint({ crv, kty, x, y }) {
  return base64url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));
}

// {id, text}: the event's id and its SD-JWT. `signer`: {privateKey, kid}.
export async function signEvent(signer, { aud, iss, event, prev, data, now, at = now }) {
  const claims = { v: 1, aud, iss, jti: uuid7(now), iat: Math.floor(now / 1000), event, at: instant(at), prev, data };
  const header = { alg: "ES256", kid: signer.kid, typ: TYP };
  const input = [header, claims].map((part) => base64url(utf8(JSON.stringify(part)))).join(".");
  const signature = await sign(signer.privateKey, utf8(input));
  return { id: base64url(await sha256(utf8(input))), text: `${input}.${base64url(signature)}~` };
}

// A raw scan as an event takes it: 1 to 300 printable ASCII characters.
export function rawScan(scanned) {
  return [...scanned].map((letter) => (letter >= " " && letter <= "~" ? letter : "?")).join("").slice(0, 300) || "?";
}

// A token for one PUT of a document (section 8).
export async function token(signer, { iss, aud, method, url, now }) {
  const claims = { iss, aud, htm: method, htu: url, iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 120, jti: uuid7(now) };
  const header = { alg: "ES256", kid: signer.kid, typ: "access+jwt" };
  const input = [header, claims].map((part) => base64url(utf8(JSON.stringify(part)))).join(".");
  return `${input}.${base64url(await sign(signer.privateKey, utf8(input)))}`;
}
