// The log's own formats: inclusion proofs, signed notes, checkpoints, cosignatures and policies (C2SP).
import { concat, equal, number, Refused, refuse, sha256, unbase64, unbase64url, utf8 } from "./bytes.js";
import { object, only, parseJson, text as aText } from "./json.js";
import { vkey } from "./keys.js";

export const hashLeaf = (data) => sha256(concat([0], data));
export const hashNode = (left, right) => sha256(concat([1], left, right));

/** Checks that a leaf stands at `index` in the tree of this size and root, both BigInt (RFC 9162, 2.1.3.2). */
export async function checkIncluded(leaf, index, size, proof, root) {
  refuse(index < 0n || index >= size, "the index is outside the tree", "not_included");
  let [place, last, node] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    refuse(last === 0n, "the proof is too long", "not_included");
    if (place & 1n || place === last) {
      node = await hashNode(sibling, node);
      for (; !(place & 1n) && place; last >>= 1n) place >>= 1n;
    } else {
      node = await hashNode(node, sibling);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  refuse(last !== 0n || !equal(node, root), "the proof leads to another root", "not_included");
}

// What Python's str.isspace() takes for a space, which is what Unicode does.
const SPACE = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const FOREIGN = /[\0-\t\x0b-\x1f]/;
const plainName = (name) => name !== "" && !name.includes("+") && !SPACE.test(name) && !FOREIGN.test(name);

/** The text and the signature lines of a note, none of them verified. */
export function parseNote(note) {
  const end = note.lastIndexOf("\n\n");
  refuse(note.length > 1e6 || utf8(note).length > 1e6 || FOREIGN.test(note), "not a note");
  refuse(!note.isWellFormed() || end < 0 || !note.endsWith("\n"), "not a note");
  const lines = note.slice(end + 2).split("\n").slice(0, -1);
  refuse(lines.length < 1 || lines.length > 100, "not 1 to 100 signature lines");
  const signatures = lines.map((line) => {
    const [dash, name, ...rest] = line.split(" ");
    refuse(dash !== "\u2014" || name === undefined || !plainName(name) || rest.length !== 1, "signature line");
    const data = unbase64(rest[0]);
    refuse(data.length <= 4, "a signature line has a key ID and a signature");
    return { name, id: data.slice(0, 4), signature: data.slice(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

/** Origin, size (BigInt) and root of a checkpoint's text. */
export function parseCheckpoint(text) {
  const [origin, size, root, rest, ...more] = text.split("\n");
  refuse(rest !== "" || more.length || !plainName(origin) || /\x7f/.test(origin), "not three lines");
  refuse(!/^(0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) >= 1n << 63n, "size");
  const hash = unbase64(root);
  refuse(hash.length !== 32, "the root is no hash");
  return { origin, size: BigInt(size), root: hash };
}

/** Checks that the log of a checkpoint's origin has signed the note with one of these keys. */
export async function checkSigned(note, origin, keys) {
  const { text, signatures } = parseNote(note);
  let signed = false;
  for (const line of signatures) {
    const key = keys.find((one) => one.name === line.name && equal(one.id, line.id));
    if (!key) continue;
    await key.verify(utf8(text), line.signature);
    signed ||= key.name === origin;
  }
  refuse(!signed, "no known key of the origin has signed the checkpoint", "not_signed");
}

async function parseVkey(text) {
  const [name, hex, ...rest] = text.split("+");
  refuse(!plainName(name) || hex === undefined || !rest.length, "not a vkey");
  const data = unbase64(rest.join("+"));
  refuse(data.length < 2, "not a vkey");
  return vkey(name, hex, data);
}

export async function parseLogKey(text) {
  const key = await parseVkey(text);
  refuse(key.type !== 1, "not a log's key");
  return key;
}

const TRUST = object({ v: only(1), origin: aText(), vkey: aText(), root: aText(/^[A-Za-z0-9_-]{43}$/) });

/** What a verifier pins of a log, from the JSON of `packtrace trust`: `{key, root}`. */
export async function parseTrust(text) {
  const { origin, vkey, root } = TRUST(parseJson(text));
  const key = await parseLogKey(vkey);
  refuse(key.name !== origin || unbase64url(root).length !== 32, "not a root of trust");
  return { key, root };
}

/** A policy (C2SP tlog-policy): `{logs, witnesses, groups, quorum}`, or Refused with what breaks the form. */
export async function parsePolicy(text) {
  const found = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  const known = (name) => found.witnesses.has(name) || found.groups.has(name);
  const placed = new Set();
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.split(/[ \t]+/).filter((one) => one !== "");
    if (word === undefined || word.startsWith("#")) continue;
    const [name, second, ...others] = rest;
    if (word === "log" && rest.length >= 1 && rest.length <= 2) {
      found.logs.push(await parseLogKey(name));
    } else if (word === "witness" && rest.length >= 2 && rest.length <= 3 && !known(name) && name !== "none") {
      const key = await parseVkey(second);
      const before = [...found.witnesses.values()];
      refuse(key.type === 1 || before.some((one) => equal(one.key, key.key)), "not a witness's own key");
      found.witnesses.set(name, key);
    } else if (word === "group" && rest.length >= 3 && !known(name) && name !== "none") {
      for (const one of others) refuse(!known(one) || placed.has(one), `${one} is not free`);
      for (const one of others) placed.add(one);
      const least = { all: others.length, any: 1 }[second] ?? Number(second);
      refuse(!(Number.isInteger(least) && least >= 1 && least <= others.length), "threshold");
      found.groups.set(name, { least, names: others });
    } else if (word === "quorum" && rest.length === 1 && found.quorum === null) {
      refuse(name !== "none" && !known(name), `no line before this one defines ${name}`);
      found.quorum = name;
    } else {
      throw new Refused(`not a line of a policy: ${line}`);
    }
  }
  refuse(found.quorum === null, "there is no quorum line");
  return found;
}

function meets(policy, names) {
  const have = new Set(names);
  for (const [name, { least, names: inside }] of policy.groups) {
    if (inside.filter((one) => have.has(one)).length >= least) have.add(name);
  }
  return policy.quorum === "none" || have.has(policy.quorum);
}

/** What a witness signs: the text of the note, or with ML-DSA-44 what it says, and who and when. */
function cosignedBy({ name, type }, time, text) {
  if (type === 4) return utf8(`cosignature/v1\ntime ${number(time)}\n${text}`);
  const { origin, size, root } = parseCheckpoint(text);
  const names = [name, origin].map(utf8);
  refuse(names.some(({ length }) => length > 255), "a name has at most 255 bytes");
  const [cosigner, log] = names.map((one) => concat([one.length], one));
  // A checkpoint is the subtree of all leaves: from 0 up to, and without, its size.
  const end = Uint8Array.from({ length: 8 }, (_, at) => Number((size >> BigInt(56 - 8 * at)) & 255n));
  return concat(utf8("subtree/v1\n\0"), cosigner, time, log, new Uint8Array(8), end, root);
}

/** When each of a policy's witnesses cosigned, in POSIX seconds; `unread` are lines nobody here can check. */
export async function cosigned(note, policy) {
  const { text, signatures } = parseNote(note);
  const [times, unread] = [new Map(), new Set()];
  for (const { name, id, signature } of signatures) {
    const found = [...policy.witnesses].find(([, key]) => key.name === name && equal(key.id, id));
    if (!found) continue;
    const [witness, key] = found;
    if (key.verify === null) {
      unread.add(witness);
      continue;
    }
    const time = number(signature.slice(0, 8));
    refuse(signature.length < 8 || time >= 1n << 63n, "not a cosignature", "bad_cosignature");
    await key.verify(cosignedBy(key, signature.slice(0, 8), text), signature.slice(8));
    const before = times.get(witness) ?? 0n;
    times.set(witness, time > before ? time : before);
  }
  const moments = policy.quorum === "none" ? [] : [...times.values()].sort((a, b) => (a < b ? 1 : -1));
  const at = moments.find((t) => meets(policy, [...times].filter(([, time]) => time >= t).map(([name]) => name)));
  return { times, unread, met: meets(policy, times.keys()), at };
}
