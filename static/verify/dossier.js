// Verifies a dossier from its own bytes: nine checks, each ok, failed or unknown (docs/formats.md section 6).
// A second verifier beside ledger/dossier, with which it shares the vectors and no line of code.
import {
  base64, members, parseJson, refuse, result, textOf, unbase64, unbase64url, utf8, why,
} from "./bytes.js";
import { countDisclosed, HASH, ID, readStatement } from "./event.js";
import { isDoubtful, Keyring } from "./keyring.js";
import { checkIncluded, checkSigned, hashLeaf, parseCheckpoint, parseLogKey, parseNote } from "./log.js";
import { freshness, witnessed } from "./witnessed.js";

const LINE = /^([^ ]+) (?:= [^ ]+|[0-9]+ [0-9]+ [A-Za-z0-9_-]{43})$/;
export const ENTRY = /^(0|[1-9][0-9]{0,15}) ([\w-]+\.[\w-]+\.[\w-]+)$/;

/** The result of a check over many entries: the first failure, else the first doubt, else ok. */
class Worst {
  result = result("ok", "ok");

  failed(reason, facts) {
    if (this.result.verdict !== "failed") this.result = result("failed", reason, facts);
  }

  unknown(reason, facts) {
    if (this.result.verdict === "ok") this.result = result("unknown", reason, facts);
  }
}

/** What a verifier pins of a log, from the JSON of `packtrace trust`: `{key, root}`. */
export async function parseTrust(text) {
  const { v, origin, vkey, root } = members(parseJson(text), "v", "origin", "vkey", "root");
  const key = await parseLogKey(vkey);
  refuse(v !== 1 || key.name !== origin || !HASH.test(root), "not a root of trust");
  return { key, root };
}

/** The dossier of its one text; throws Refused. */
export function parseDossier(text) {
  const list = (value, most, read) => {
    refuse(!Array.isArray(value) || value.length > most, "not a list, or too long");
    return value.map(read);
  };
  const string = (value) => (refuse(typeof value !== "string", "not a text"), value);
  const place = (value) => (refuse(!Number.isSafeInteger(value) || value < 0, "not a number from 0"), value);
  const hash = (value) => {
    const bytes = unbase64(string(value));
    refuse(bytes.length !== 32, "not a hash");
    return bytes;
  };
  const proof = (value) => list(value, 63, hash);
  refuse(text.length > 64 * 1024 * 1024 || utf8(text).length > 64 * 1024 * 1024, "longer than 64 MiB");
  const told = members(parseJson(text), "v", "origin", "items", "entries", "published", "checkpoint");
  refuse(told.v !== 1, "v is not 1");
  const found = {
    v: 1,
    origin: string(told.origin),
    items: list(told.items, 4096, (id) => (refuse(!ID.test(string(id)), "not an id"), id)),
    entries: list(told.entries, 20000, (value) => {
      const one = members(value, "index", "entry", "proof", "disclosures");
      const disclosures = list(one.disclosures, 256, string);
      return { index: place(one.index), entry: string(one.entry), proof: proof(one.proof), disclosures };
    }),
    published: null,
    checkpoint: string(told.checkpoint),
  };
  if (told.published !== null) {
    const { index, lines } = members(told.published, "index", "lines");
    const read = (value) => {
      const { line, position, proof: way } = members(value, "line", "position", "proof");
      return { line: string(line), position: place(position), proof: proof(way) };
    };
    found.published = { index: place(index), lines: list(lines, 8192, read) };
  }
  const indexes = found.entries.map((one) => one.index);
  refuse(!found.items.length || new Set(found.items).size !== found.items.length, "items");
  refuse(indexes.some((index, at) => at > 0 && indexes[at - 1] >= index), "entries are out of order");
  const again = JSON.stringify(found, (name, value) => (name === "proof" ? value.map(base64) : value));
  refuse(`${again}\n` !== text, "not written in its one form");
  return found;
}

/**
 * What a dossier shows. `bytes` are those of the file; `trust` and `policy` as parsed or null; `now` in POSIX
 * seconds or null; `maxAge` in seconds. Throws Refused where the bytes are no dossier.
 */
export async function verifyDossier(bytes, { trust = null, policy = null, now = null, maxAge = 604800 } = {}) {
  const dossier = parseDossier(typeof bytes === "string" ? bytes : textOf(bytes));
  const { tree, log } = await checkLog(dossier.checkpoint, trust, policy, dossier.origin);
  const [included, signed] = [new Worst(), new Worst()];
  const told = await readEntries(dossier, tree, included, signed);
  if (log.verdict !== "ok") included.unknown("tree_not_trusted");
  const amber = await checkKeys(told, signed);
  const firms = [...new Set(told.flatMap((one) => [one.iss, one.actor]))].sort();
  const whole = new Set([...dossier.items, ...firms]);
  const { event, complete } = await checkComplete(dossier, told, whole);
  const checks = {
    log,
    root: checkRoot(told, trust),
    included: included.result,
    signed: signed.result,
    chained: checkChained(told, whole),
    disclosed: await checkDisclosed(dossier, told),
    complete,
    fresh: await freshness(dossier.checkpoint, policy, event?.ms ?? null, now, maxAge),
    witnessed: await witnessed(dossier.checkpoint, policy),
  };
  const named = told.filter((one) => one.prev.has(dossier.items[0])).flatMap((one) => [...one.prev.keys()]);
  return {
    ok: Object.values(checks).every(({ verdict }) => verdict === "ok"),
    items: dossier.items,
    size: tree === null ? 0 : Number(tree.size),
    complete_to: complete.verdict === "ok" ? complete.size : null,
    published_ms: event?.ms ?? null,
    entries: told.length,
    amber,
    others: [...new Set(named)].filter((id) => !whole.has(id)).sort(),
    checks,
  };
}

/** The tree that a checkpoint states, and whether a pinned key of its log has signed it. */
export async function checkLog(note, trust, policy, origin = null) {
  let tree = null;
  try {
    tree = parseCheckpoint(parseNote(note).text);
    if (origin !== null && tree.origin !== origin) {
      return { tree, log: result("failed", "other_origin", { origin: tree.origin }) };
    }
    const keys = trust !== null ? [trust.key] : (policy?.logs ?? []);
    if (!keys.length) return { tree, log: result("unknown", "not_pinned") };
    await checkSigned(note, tree.origin, keys);
  } catch (error) {
    return { tree, log: result("failed", tree === null ? "malformed" : "not_signed", why(error)) };
  }
  // From here on the size and the root are the log's word.
  return { tree, log: result("ok", "signed", { origin: tree.origin, size: Number(tree.size) }) };
}

async function readEntries(dossier, tree, included, signed) {
  const found = [];
  let last = 0;
  for (const { index, entry, proof } of dossier.entries) {
    const leaf = utf8(entry);
    try {
      if (tree !== null) {
        await checkIncluded(await hashLeaf(leaf), BigInt(index), tree.size, proof, tree.root);
      }
    } catch (error) {
      included.failed("not_included", { index, ...why(error) });
    }
    const [, digits, jws] = ENTRY.exec(entry) ?? [];
    const ms = Number(digits);
    if (jws === undefined || ms > Number.MAX_SAFE_INTEGER || leaf.length > 65535) {
      included.failed("malformed", { index });
      continue;
    }
    if (ms < last) included.failed("time_falls", { index });
    last = Math.max(last, ms);
    try {
      found.push(await readStatement(index, ms, jws));
    } catch (error) {
      signed.failed("malformed", { index, ...why(error) });
    }
  }
  return found;
}

function checkRoot(told, trust) {
  if (!told.length || told[0].index) return result("failed", "no_root");
  const event = told[0].id;
  if (trust === null) return result("unknown", "not_pinned", { event });
  if (event !== trust.root) return result("failed", "other_root", { event, expected: trust.root });
  return result("ok", "root", { event });
}

async function checkKeys(told, signed) {
  const [keyring, keys] = [new Keyring(), new Map()];
  for (const one of told) {
    try {
      if (one.index === 0) {
        await keyring.found(one);
      } else {
        keys.set(one.index, await keyring.check(one));
        await keyring.learn(one);
      }
      if (!one.known) signed.unknown("event_unknown", { index: one.index, event: one.type });
    } catch (error) {
      signed.failed(error.reason, { index: one.index, ...why(error) });
    }
  }
  // What the end of the dossier knows of a key tells which of its entries a thief may have signed.
  const doubtful = told.filter((one) => keys.has(one.index) && isDoubtful(keys.get(one.index), one));
  const amber = doubtful.map((one) => one.index);
  if (amber.length) signed.unknown("compromised", { index: amber[0], count: amber.length });
  return amber;
}

function checkChained(told, whole) {
  const [worst, tips, seen] = [new Worst(), new Map(), new Map()];
  for (const { index, id, known, prev, touched } of told) {
    for (const [item, named] of prev) {
      if (!whole.has(item)) continue;
      const history = seen.get(item) ?? new Set([null]);
      const tip = tips.get(item) ?? new Set([null]);
      if (!known) {
        // After an event of a type that is not known, either it or the event before it may be the tip.
        worst.unknown("event_unknown", { index, item });
        tips.set(item, new Set([...tip, id]));
      } else if (!(touched.has(item) ? tip : history).has(named)) {
        worst.failed("broken", { index, item });
      }
      if (touched.has(item)) tips.set(item, new Set([id]));
      seen.set(item, history.add(id));
    }
  }
  return worst.result;
}

async function checkDisclosed(dossier, told) {
  const worst = new Worst();
  const digests = new Map(told.map((one) => [one.index, one.sd]));
  let withheld = 0;
  for (const { index, disclosures } of dossier.entries) {
    const known = digests.get(index) ?? [];
    try {
      withheld += known.length - (await countDisclosed(known, disclosures));
    } catch (error) {
      worst.failed("changed", { index, ...why(error) });
    }
  }
  if (withheld) worst.unknown("withheld", { count: withheld });
  return worst.result;
}

/** Compares the histories in the dossier with the index lines that the registrar published of them. */
async function checkComplete(dossier, told, whole) {
  if (dossier.published === null) return { event: null, complete: result("unknown", "no_index") };
  const place = dossier.published.index;
  const event = told.find((one) => one.index === place) ?? null;
  const { size, count, root } = event?.data ?? {};
  const mine = told[0]?.index === 0 && event?.iss === told[0].iss && event.type === "index.published";
  const formed = Number.isInteger(size) && size > 0 && size <= place && Number.isInteger(count);
  if (!mine || !formed || typeof root !== "string" || !HASH.test(root)) {
    return { event: null, complete: result("failed", "no_index_event", { index: place }) };
  }
  const [worst, lines] = [new Worst(), new Map()];
  for (const { line, position, proof } of dossier.published.lines) {
    try {
      const leaf = await hashLeaf(utf8(line));
      await checkIncluded(leaf, BigInt(position), BigInt(count), proof, unbase64url(root));
    } catch (error) {
      why(error);
      worst.failed("line_not_included", { line });
    }
    const item = LINE.exec(line)?.[1];
    const history = !line.includes(" = ");
    if (item === undefined || (history && lines.has(item) && lines.get(item) !== line)) {
      worst.failed("line_malformed", { line });
    } else if (history) {
      lines.set(item, line);
    }
  }
  compareHistories(told, whole, size, lines, worst);
  checkMakers(dossier.items, told, worst);
  if (worst.result.verdict === "ok") worst.result = result("ok", "complete", { size, count });
  return { event, complete: worst.result };
}

function compareHistories(told, whole, size, lines, worst) {
  const [histories, doubtful] = [new Map(), new Map()];
  for (const { index, id, known, prev, touched } of told) {
    if (index >= size) break;
    for (const item of prev.keys()) {
      const { count, tip } = histories.get(item) ?? { count: 0, tip: "" };
      histories.set(item, { count: count + 1, latest: index, tip: touched.has(item) ? id : tip });
      if (!known && !doubtful.has(item)) doubtful.set(item, index);
    }
  }
  for (const item of whole) {
    const published = lines.get(item);
    const { count, latest, tip } = histories.get(item) ?? { count: 0, latest: 0, tip: "" };
    const found = `${item} ${count} ${latest} ${tip}`;
    if (published === undefined) {
      worst.unknown(count ? "no_line" : "after_index", { item, size });
    } else if (doubtful.has(item) && published.startsWith(`${item} ${count} ${latest} `)) {
      worst.unknown("event_unknown", { index: doubtful.get(item), item });
    } else if (published !== found) {
      worst.failed("cut", { item, published, found });
    }
  }
}

/** A declared item falls under the recalls of whoever filed its code, so that firm must be here. */
function checkMakers(items, told, worst) {
  const [first, filed] = [new Map(), new Map()];
  for (const one of told.toReversed()) {
    for (const item of one.touched) first.set(item, one);
    if (one.type === "coding.filed") filed.set(one.data.vendor, one.index);
  }
  for (const item of items) {
    const declared = first.get(item);
    if (!item.startsWith("gbt34014:") || declared?.type !== "item.declared") continue;
    const vendor = item.slice(9, 12);
    if (!(filed.get(vendor) < declared.index)) worst.unknown("no_maker", { item, vendor });
  }
}

/** Whether the index lines of a dossier show that nothing was ever logged under a code, id or alias. */
export async function checkAbsent(bytes, verification, text) {
  const { published } = parseDossier(typeof bytes === "string" ? bytes : textOf(bytes));
  const { log, root, included, signed, complete } = verification.checks;
  if (![log, root, included, signed, complete].every(({ verdict }) => verdict === "ok")) {
    return result("unknown", "not_verified");
  }
  const { lines } = published;
  if (lines.some(({ line }) => line.startsWith(`${text} `))) return result("failed", "seen", { text });
  // The index ends before its first line and behind its last.
  const before = [-1, ...lines.filter(({ line }) => line < `${text} `).map(({ position }) => position)];
  const after = [complete.count, ...lines.filter(({ line }) => line > `${text} `).map(({ position }) => position)];
  if (before.some((place) => after.includes(place + 1))) return result("ok", "absent", { size: complete.size });
  return result("unknown", "not_shown", { text });
}
