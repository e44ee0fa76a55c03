// Strict JSON (docs/formats.md section 2), and shapes: objects with these members and no other.
import { Refused, refuse, unbase64 } from "./bytes.js";

const MAX_DEPTH = 16;
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The value of strict JSON. Objects have no prototype. */
export function parseJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused("not JSON");
  }
  // What JSON.parse takes and forgets stands outside of strings: how numbers are written, and members given twice.
  const bare = text.replaceAll(/\\./g, "").replaceAll(/"[^"]*"/g, "");
  for (const [digits] of bare.matchAll(/[-0-9][^,\]}\s]*/g)) {
    const plain = /^(?:0|-?[1-9][0-9]*)$/.test(digits);
    refuse(!plain || !Number.isSafeInteger(Number(digits)), "not an integer up to 2^53 - 1");
  }
  refuse(bare.split(":").length - 1 !== countMembers(value, MAX_DEPTH), "a member twice");
  return value;
}

function countMembers(value, left) {
  if (typeof value === "string") {
    refuse(!value.isWellFormed() || value.includes("\0") || value.normalize() !== value, "foreign text");
  }
  if (value === null || typeof value !== "object") return 0;
  refuse(left === 0, "nested too deeply");
  const names = isObject(value) ? Object.keys(Object.setPrototypeOf(value, null)) : [];
  for (const name of names) countMembers(name, left);
  return Object.values(value).reduce((sum, one) => sum + countMembers(one, left - 1), names.length);
}

// Readers: each returns what it read or throws Refused.
export const anything = (value) => value;
export const only = (wanted) => (value) => (refuse(value !== wanted, `not ${wanted}`), value);
export const orNull = (read) => (value) => (value === null ? null : read(value));
export const anObject = (value) => (refuse(!isObject(value), "not an object"), value);
export const count = (value) => (refuse(!Number.isSafeInteger(value) || value < 0, "not a number from 0"), value);
export const text = (form = /^/) => (value) => {
  refuse(typeof value !== "string" || !form.test(value), "not a text of its form");
  return value;
};
export const list = (most, read) => (value) => {
  refuse(!Array.isArray(value) || value.length > most, `not a list of at most ${most}`);
  return value.map((one) => read(one));
};
export const object = (shape) => (value) => {
  const names = Object.keys(shape);
  const whole = isObject(value) && Object.keys(value).length === names.length;
  refuse(!whole || !names.every((name) => name in value), `not an object of ${names}`);
  return Object.fromEntries(names.map((name) => [name, shape[name](value[name])]));
};
export const hash = (value) => {
  const bytes = unbase64(text()(value));
  refuse(bytes.length !== 32, "not a hash of 32 bytes");
  return bytes;
};
