// Bytes and their spellings (docs/formats.md): base64 and base64url without padding, base32, UTF-8, hashes.
// What the verifier has is the verifier's; base32 and SHA-512 are what only a label needs.

import { Refused } from "../verify/bytes.js";

export {
  Refused,
  base64url,
  concat,
  equal,
  number,
  sha256,
  unbase64 as fromBase64,
  unbase64url as fromBase64url,
  utf8,
} from "../verify/bytes.js";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const text = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

export async function sha512(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
}

export function base32(bytes) {
  let letters = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      letters += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits ? letters + BASE32[(held << (5 - bits)) & 31] : letters;
}

// What would be written differently again is refused, so one value has one spelling.
export function fromBase32(letters) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const letter of letters) {
    const value = BASE32.indexOf(letter);
    if (value < 0) throw new Refused("not a letter of base32");
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  const found = Uint8Array.from(bytes);
  if (base32(found) !== letters) throw new Refused("does not encode to itself again");
  return found;
}
