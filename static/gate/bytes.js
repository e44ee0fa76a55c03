// Bytes and their spellings (docs/formats.md): base64url without padding, base32, UTF-8, SHA-256.

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class MalformedError extends Error {}

export const utf8 = (text) => new TextEncoder().encode(text);
export const text = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export const base64url = (bytes) => encode(bytes, 6, BASE64);
export const base32 = (bytes) => encode(bytes, 5, BASE32);
export const fromBase64url = (letters) => decode(letters, 6, BASE64, base64url);
export const fromBase32 = (letters) => decode(letters, 5, BASE32, base32);

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export async function sha512(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
}

function encode(bytes, width, alphabet) {
  let letters = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= width) {
      bits -= width;
      letters += alphabet[(held >> bits) & ((1 << width) - 1)];
    }
    held &= (1 << bits) - 1;
  }
  return bits ? letters + alphabet[(held << (width - bits)) & ((1 << width) - 1)] : letters;
}

// What would be written differently again is refused, so one value has one spelling.
function decode(letters, width, alphabet, again) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const letter of letters) {
    const value = alphabet.indexOf(letter);
    if (value < 0) throw new MalformedError(`not a letter of base${1 << width}`);
    held = (held << width) | value;
    bits += width;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  const found = Uint8Array.from(bytes);
  if (again(found) !== letters) throw new MalformedError("does not encode to itself again");
  return found;
}
