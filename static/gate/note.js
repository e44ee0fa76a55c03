// The signature on the stop list: the log's own, over which list it is, of which size and of when
// (docs/formats.md, section 11). A list that is not what was signed is refused, with a word for people.

import { parseNote } from "../verify/log.js";
import { Refused, concat, equal, fromBase64, sha256, utf8 } from "./bytes.js";
import { verify } from "./ed25519.js";

const KIND = "packtrace-stop-list/v1";
const NUMBER = /^(0|[1-9][0-9]{0,15})$/;
const ED25519 = 1;
// Several servers of one log sign by their own clocks, once a minute each.
const BACK_MS = 10 * 60_000;

export class RefusedListError extends Error {
  constructor(reason, offered = null) {
    super(reason);
    this.reason = reason;
    this.offered = offered;
  }
}

// A vkey of the log, `<name>+<key ID>+<base64 of type and key>`, as {name, id, key}.
export async function parseVkey(text) {
  const [name, hex, ...rest] = text.split("+");
  const data = fromBase64(rest.join("+"));
  const id = (await sha256(concat(utf8(`${name}\n`), data))).slice(0, 4);
  if (data[0] !== ED25519 || [...id].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== hex)
    throw new Refused("not a key of a log");
  return { name, id, key: data.slice(1) };
}

// What was signed of a list, {origin, size, time}, time in ms; `text` is the list as it came.
export async function openNote(note, text, vkey) {
  const { name, id, key } = await parseVkey(vkey);
  const signed = formed(() => parseNote(note));
  const lines = signed.signatures.filter((one) => one.name === name && equal(one.id, id));
  if (lines.length === 0) throw new RefusedListError("other_key");
  for (const line of lines) await holds(key, utf8(signed.text), line.signature);
  const [kind, origin, size, time, digest, rest, ...more] = signed.text.split("\n");
  const whole = kind === KIND && origin === name && NUMBER.test(size) && NUMBER.test(time) && rest === "" && !more.length;
  if (!whole) throw new RefusedListError("unsigned");
  if (!equal(formed(() => fromBase64(digest)), await sha256(utf8(text)))) throw new RefusedListError("cut");
  return { origin, size: Number(size), time: Number(time) * 1000 };
}

// The list of an answer of the ledger, checked: its members, with the time it was signed.
export async function openList({ list: text, note }, vkey) {
  if (typeof text !== "string" || typeof note !== "string") throw new RefusedListError("unsigned");
  const signed = await openNote(note, text, vkey);
  const list = formed(() => JSON.parse(text));
  if (list.origin !== signed.origin || list.size !== signed.size) throw new RefusedListError("cut");
  return { ...list, time: signed.time };
}

// Refuses a list that takes less into account than the one held, or is older.
export function checkNewer(list, held) {
  if (held === null || held.time === undefined) return;
  if (list.size < held.size || held.time - list.time > BACK_MS) throw new RefusedListError("older");
}

function formed(read) {
  try {
    return read();
  } catch {
    throw new RefusedListError("unsigned");
  }
}

async function holds(key, message, signature) {
  try {
    await verify(key, message, signature);
  } catch (error) {
    if (error instanceof Refused) throw new RefusedListError("unsigned");
    throw error;
  }
}
