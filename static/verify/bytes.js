// Bytes and texts as signed formats need them: one text for one value, and nothing else is read.

/** What breaks a form or does not hold; `reason` is a short code where a check asks for one. */
export class Refused extends Error {
  constructor(message, reason = "malformed") {
    super(message);
    this.reason = reason;
  }
}

export function refuse(condition, message, reason) {
  if (condition) throw new Refused(message, reason);
}

export const utf8 = (text) => new TextEncoder().encode(text);
export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
export const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
export const number = (bytes) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** The text of bytes; a text is one already. */
export function textOf(bytes) {
  if (typeof bytes === "string") return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("not UTF-8");
  }
}

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

export function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export const base64url = (bytes) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Bytes of padded base64; what does not encode to itself again is refused. */
export function unbase64(text) {
  refuse(!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4, "not base64");
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  refuse(base64(bytes) !== text, "base64 does not encode to itself");
  return bytes;
}

export function unbase64url(text) {
  refuse(!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1, "not base64url");
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat(-text.length & 3);
  return unbase64(padded);
}
