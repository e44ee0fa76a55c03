// Deterministic CBOR (RFC 8949, 4.2.1), as much as a label has: integers, bytes, texts, arrays, maps with small keys.

import { Refused, concat, text, utf8 } from "./bytes.js";

const DEPTH = 3;

export function encodeInteger(value) {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

export const encodeBytes = (bytes) => concat(head(2, bytes.length), bytes);
export const encodeText = (letters) => concat(head(3, utf8(letters).length), utf8(letters));
export const encodeArray = (...items) => concat(head(4, items.length), ...items);

export function decode(bytes) {
  const [value, end] = item(bytes, 0, DEPTH);
  if (end !== bytes.length) throw new Refused("something stands behind the value");
  return value;
}

function head(kind, value) {
  const top = kind << 5;
  if (value < 24) return Uint8Array.of(top | value);
  if (value < 0x100) return Uint8Array.of(top | 24, value);
  if (value < 0x10000) return Uint8Array.of(top | 25, value >> 8, value & 255);
  return Uint8Array.of(top | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function item(bytes, at, depth) {
  if (at >= bytes.length) throw new Refused("ends too early");
  const kind = bytes[at] >> 5;
  const [value, start] = argument(bytes, at);
  if (kind === 0) return [value, start];
  if (kind === 1) return [-1 - value, start];
  if (kind === 2 || kind === 3) {
    const end = start + value;
    if (end > bytes.length) throw new Refused("ends too early");
    const part = bytes.slice(start, end);
    return [kind === 2 ? part : decodeText(part), end];
  }
  if (depth === 0 || value > 16) throw new Refused("too deep or too long");
  if (kind === 4) return array(bytes, start, value, depth - 1);
  if (kind === 5) return map(bytes, start, value, depth - 1);
  throw new Refused("a kind of CBOR that a label does not have");
}

function argument(bytes, at) {
  const low = bytes[at] & 31;
  if (low < 24) return [low, at + 1];
  const size = { 24: 1, 25: 2, 26: 4 }[low];
  if (size === undefined || at + 1 + size > bytes.length) throw new Refused("a length of another form");
  let value = 0;
  for (const byte of bytes.slice(at + 1, at + 1 + size)) value = value * 256 + byte;
  if (value < { 1: 24, 2: 0x100, 4: 0x10000 }[size]) throw new Refused("a number is not in its shortest form");
  return [value, at + 1 + size];
}

function decodeText(bytes) {
  try {
    return text(bytes);
  } catch {
    throw new Refused("a text is not UTF-8");
  }
}

function array(bytes, start, length, depth) {
  const found = [];
  let at = start;
  for (let n = 0; n < length; n += 1) {
    const [value, end] = item(bytes, at, depth);
    found.push(value);
    at = end;
  }
  return [found, at];
}

function map(bytes, start, length, depth) {
  const found = new Map();
  let at = start;
  let last = -1;
  for (let n = 0; n < length; n += 1) {
    const [key, middle] = item(bytes, at, 0);
    // Of the keys that a label has, small integers, the order of bytes is the order of numbers.
    if (!Number.isInteger(key) || key <= last) throw new Refused("keys are not small numbers in order");
    last = key;
    const [value, end] = item(bytes, middle, depth);
    found.set(key, value);
    at = end;
  }
  return [found, at];
}
