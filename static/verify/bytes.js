// Bytes and texts as signed formats need them: one text for one value, and nothing else is read.

/** What breaks a form or does not hold; `reason` is a short code where a check asks for one. */
export class Refused extends Error {
  constructor(message, reason = "malformed") {
    super(message);
    this.reason = reason;
  }
}

export const utf8 = (text) => new TextEncoder().encode(text);
export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
export const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
export const number = (bytes) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export function refuse(condition, message, reason) {
  if (condition) throw new Refused(message, reason);
}

/** How a check ended: `ok`, `failed` or `unknown`, a short code that says why, and what was found. */
export const result = (verdict, reason, facts = {}) => ({ verdict, reason, ...facts });

/** What went wrong as a fact; errors that are not ours go on. */
export function why(error) {
  if (!(error instanceof Refused)) throw error;
  return { why: error.message };
}

export function textOf(bytes) {
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

const SPACE = /[ \t\n\r]*/y;
const INTEGER = /-?(?:0|[1-9][0-9]*)(?![.eE0-9])/y;
const WORDS = { true: true, false: false, null: null };

function literal(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused("not JSON");
  }
}

/** The value of strict JSON (docs/formats.md section 2). Objects have no prototype. */
export function parseJson(text) {
  let at = 0;
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found?.[0];
  };
  const eat = (character) => {
    take(SPACE);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const string = () => {
    take(SPACE);
    refuse(text[at] !== '"', "not JSON");
    let end = at + 1;
    for (; text[end] !== '"'; end += text[end] === "\\" ? 2 : 1) refuse(end >= text.length, "not JSON");
    const value = literal(text.slice(at, end + 1));
    at = end + 1;
    refuse(!value.isWellFormed() || value.includes("\0") || value.normalize() !== value, "foreign text");
    return value;
  };
  const many = (end, one) => {
    if (eat(end)) return;
    do one();
    while (eat(","));
    refuse(!eat(end), "not JSON");
  };
  const value = (depth) => {
    take(SPACE);
    if (text[at] === '"') return string();
    if (text[at] === "{" || text[at] === "[") refuse(depth === 0, "nested too deeply");
    if (eat("[")) {
      const list = [];
      many("]", () => list.push(value(depth - 1)));
      return list;
    }
    if (eat("{")) {
      const object = Object.create(null);
      many("}", () => {
        const name = string();
        refuse(!eat(":") || name in object, "not JSON, or a member twice");
        object[name] = value(depth - 1);
      });
      return object;
    }
    const word = take(/true|false|null/y);
    if (word) return WORDS[word];
    const digits = take(INTEGER);
    refuse(digits === undefined || digits === "-0", "not JSON, or not an integer");
    refuse(!Number.isSafeInteger(Number(digits)), "integer beyond 2^53 - 1");
    return Number(digits);
  };
  const found = value(16);
  take(SPACE);
  refuse(at !== text.length, "more than one value");
  return found;
}

/** An object with exactly these members. */
export function members(value, ...names) {
  const whole = value !== null && typeof value === "object" && !Array.isArray(value);
  refuse(!whole || Object.keys(value).length !== names.length, `not an object of ${names}`);
  refuse(!names.every((name) => name in value), `not an object of ${names}`);
  return value;
}
