// Verifying Ed25519 as docs/formats.md, section 2, says: without the cofactor, S below the order, R no small point.
// In plain numbers, so that a phone whose browser has no Ed25519 checks the same way; nothing here is secret. The
// verifier asks the browser (static/verify/keys.js): with these lines it would be longer than it may be to be read.

import { Refused, concat, equal, sha512 } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const ROOT = power(2n, (P - 1n) / 4n);
const BASE = decodePoint(toBytes(mod(4n * power(5n, P - 2n))));

const refused = (message) => new Refused(message, "not_signed");

export async function verify(key, message, signature) {
  if (signature.length !== 64 || key.length !== 32) throw refused("a signature has 64 bytes");
  const commitment = signature.slice(0, 32);
  const s = fromBytes(signature.slice(32));
  if (s >= L) throw refused("S is not below the order of the group");
  const point = decodePoint(key);
  const announced = decodePoint(commitment);
  if (point === null || isSmall(point)) throw refused("the key is no point to trust");
  if (announced === null || isSmall(announced)) throw refused("R is no point, or of small order");
  const k = fromBytes(await sha512(concat(commitment, key, message))) % L;
  const found = add(multiply(BASE, s), multiply(negate(point), k));
  if (!equal(encodePoint(found), commitment)) throw refused("the signature does not hold");
}

function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let result = 1n;
  let square = mod(base);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function fromBytes(bytes) {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at]);
  return value;
}

function toBytes(value) {
  const bytes = new Uint8Array(32);
  for (let at = 0, left = value; at < 32; at += 1, left >>= 8n) bytes[at] = Number(left & 255n);
  return bytes;
}

// Extended coordinates (X, Y, Z, T) of RFC 8032, 5.1.4.
function decodePoint(bytes) {
  const whole = fromBytes(bytes);
  const sign = whole >> 255n;
  const y = whole & (2n ** 255n - 1n);
  if (y >= P) return null;
  const top = mod(y * y - 1n);
  const bottom = mod(D * y * y + 1n);
  let x = mod(top * power(bottom, 3n) * power(top * power(bottom, 7n), (P - 5n) / 8n));
  const check = mod(bottom * x * x);
  if (check === mod(-top)) x = mod(x * ROOT);
  else if (check !== top) return null;
  if (x === 0n && sign === 1n) return null;
  if ((x & 1n) !== sign) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
}

function encodePoint([x, y, z]) {
  const inverse = power(z, P - 2n);
  const bytes = toBytes(mod(y * inverse));
  if (mod(x * inverse) & 1n) bytes[31] |= 128;
  return bytes;
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

const negate = ([x, y, z, t]) => [mod(-x), y, z, mod(-t)];

function multiply(point, times) {
  let sum = [0n, 1n, 1n, 0n];
  let double = point;
  for (let left = times; left > 0n; left >>= 1n) {
    if (left & 1n) sum = add(sum, double);
    double = add(double, double);
  }
  return sum;
}

function isSmall(point) {
  const [x, y, z] = multiply(point, 8n);
  return x === 0n && y === z;
}
