// Verifies a dossier from its own bytes: nine checks, each ok, failed or unknown (docs/formats.md section 6).
// A second verifier beside ledger/dossier, with which it shares the vectors and no line of code.
import { checkLog, freshness, witnessed } from "./attested.js";
import { unbase64url, utf8 } from "./bytes.js";
import { countDisclosed, HASH, readEntry, readStatement } from "./event.js";
import { parseDossier } from "./form.js";
import { isDoubtful, Keyring } from "./keyring.js";
import { text } from "./json.js";
import { checkIncluded, hashLeaf, parseLogKey } from "./log.js";
import { refusal, result, Worst } from "./verdict.js";

export { parseTrust } from "./log.js";

const LINE = /^([!-~]+) (?:= [!-~]+|[0-9]+ [0-9]+ [A-Za-z0-9_-]{43})$/;

/**
 * What a dossier shows. `bytes` are those of the file; `trust` and `policy` as parsed or null; `ownPolicy` says that
 * the policy is the reader's, so that its witnesses may vouch for a new log key; `now` in POSIX seconds or null;
 * `maxAge` in seconds; `progress` is told how much of the work is done, from 0 to 1. Throws Refused where the bytes
 * are no dossier.
 */
export async function verifyDossier(bytes, options = {}) {
  const { trust = null, policy = null, ownPolicy = false, now = null } = options;
  const { maxAge = 604800, progress = () => {} } = options;
  const dossier = parseDossier(bytes);
  let { log, tree } = await checkLog(dossier.checkpoint, trust, policy, dossier.origin);
  const [included, signed, chained] = [new Worst(), new Worst(), new Worst()];
  const { told, times } = await readEntries(dossier, tree, included, signed, (part) => progress(part / 2));
  const amber = await checkKeys(told, signed, (part) => progress((1 + part) / 2));
  const root = checkRoot(told, trust);
  const quorum = await witnessed(dossier.checkpoint, policy);
  if (ownPolicy && trust?.key.name === dossier.origin) {
    log = await followKey(dossier, told, log, [included.result, signed.result, root, quorum]);
  }
  if (log.verdict !== "ok") included.unknown("tree_not_trusted");
  const firms = [...new Set(told.flatMap((one) => [one.iss, one.actor]))].sort();
  const whole = new Set([...dossier.items, ...firms]);
  const histories = follow(told, whole, chained);
  const { event, complete } = await checkComplete(dossier, told, whole, histories);
  const [published, covered] = event === null ? [null, null] : [event.ms, times.get(event.data.size) ?? null];
  const checks = {
    log,
    root,
    included: included.result,
    signed: signed.result,
    chained: chained.result,
    disclosed: await checkDisclosed(dossier, told),
    complete,
    fresh: await freshness(dossier.checkpoint, policy, published, covered, now, maxAge),
    witnessed: quorum,
  };
  const own = told.filter((one) => one.prev.has(dossier.items[0]));
  const named = own.flatMap((one) => [...one.prev.keys()]);
  return {
    ok: Object.values(checks).every(({ verdict }) => verdict === "ok"),
    items: dossier.items,
    size: tree === null ? 0 : Number(tree.size),
    complete_to: complete.verdict === "ok" ? complete.size : null,
    published_ms: published,
    covered_ms: covered,
    entries: told.length,
    history: own.map(({ id }) => id),
    amber,
    others: [...new Set(named)].filter((id) => !whole.has(id)).sort(),
    checks,
  };
}

/** The statements in a dossier, and when the log took each entry: one is there for that alone. */
async function readEntries(dossier, tree, included, signed, progress) {
  const [told, times] = [[], new Map()];
  let latest = 0;
  for (const [at, { index, entry, proof }] of dossier.entries.entries()) {
    progress(at / dossier.entries.length);
    const leaf = await hashLeaf(utf8(entry));
    if (tree !== null) {
      const { size, root } = tree;
      await included.take(() => checkIncluded(leaf, BigInt(index), size, proof, root), { index }, "not_included");
    }
    const read = await included.take(() => readEntry(entry), { index }, "malformed");
    if (read === undefined) continue;
    if (read.ms < latest) included.failed("time_falls", { index });
    latest = Math.max(latest, read.ms);
    times.set(index, latest);
    if (index === dossier.published?.after) continue;
    const one = await signed.take(() => readStatement(index, read.ms, read.jws), { index }, "malformed");
    if (one !== undefined) told.push(one);
  }
  return { told, times };
}

function checkRoot(told, trust) {
  if (!told.length || told[0].index) return result("failed", "no_root");
  const event = told[0].id;
  if (trust === null) return result("unknown", "not_pinned", { event });
  if (event !== trust.root) return result("failed", "other_root", { event, expected: trust.root });
  return result("ok", "root", { event });
}

/** Checks every signature, and returns the indexes of the entries that a thief may have signed. */
async function checkKeys(told, signed, progress) {
  const [keyring, keys] = [new Keyring(), new Map()];
  for (const [at, one] of told.entries()) {
    progress(at / told.length);
    const { index, type, known } = one;
    const check = async () => {
      if (index === 0) return keyring.found(one);
      keys.set(one, await keyring.check(one));
      return keyring.learn(one);
    };
    await signed.take(check, { index });
    if (!known) signed.unknown("event_unknown", { index, event: type });
  }
  // What the end of the dossier knows of a key tells which of its entries a thief may have signed.
  const amber = [...keys].filter(([one, key]) => isDoubtful(key, one)).map(([{ index }]) => index);
  if (amber.length) signed.unknown("compromised", { index: amber[0], count: amber.length });
  return amber;
}

/** The log under another key, where its registrar says that it took it and witnesses vouch for the tree. */
async function followKey(dossier, told, log, shown) {
  if (log.reason !== "not_signed" || shown.map(({ reason }) => reason).join() !== "ok,ok,root,quorum") return log;
  const added = told.filter(({ type, iss }) => type === "log.key_added" && iss === told[0].iss);
  const vkeys = Promise.all(added.map(async ({ data }) => parseLogKey(text()(data.vkey))));
  const logs = await vkeys.catch((error) => (refusal(error), []));
  const found = await checkLog(dossier.checkpoint, null, { logs });
  return found.log.verdict === "ok" ? { ...found.log, reason: "followed" } : log;
}

/** The whole histories in these statements; each act must build on the last that touched the item. */
function follow(told, whole, worst) {
  const begun = { count: 0, latest: 0, tip: "", first: null, doubtful: null };
  const found = new Map([...whole].map((item) => [item, { ...begun, tips: new Set([null]), ids: new Set([null]) }]));
  for (const one of told) {
    const { id, index, known, prev, touched } = one;
    for (const [item, named] of prev) {
      const past = found.get(item);
      if (past === undefined) continue;
      const touches = touched.has(item);
      if (!known) worst.unknown("event_unknown", { index, item });
      else if (!(touches ? past.tips : past.ids).has(named)) worst.failed("broken", { index, item });
      Object.assign(past, { count: past.count + 1, latest: index, ids: past.ids.add(id) });
      if (touches) Object.assign(past, { tip: id, tips: new Set([id]), first: past.first ?? one });
      // An event of a type that is not known may be the tip, or the one before it still is.
      if (!known) Object.assign(past, { tips: past.tips.add(id), doubtful: past.doubtful ?? index });
    }
  }
  return found;
}

async function checkDisclosed(dossier, told) {
  const worst = new Worst();
  const digests = new Map(told.map((one) => [one.index, one.sd]));
  let withheld = 0;
  for (const { index, disclosures } of dossier.entries) {
    const known = digests.get(index) ?? [];
    withheld += known.length;
    withheld -= (await worst.take(() => countDisclosed(known, disclosures), { index }, "changed")) ?? 0;
  }
  if (withheld) worst.unknown("withheld", { count: withheld });
  return worst.result;
}

/** Compares the histories in the dossier with the index lines that the registrar published of them. */
async function checkComplete(dossier, told, whole, histories) {
  if (dossier.published === null) return { event: null, complete: result("unknown", "no_index") };
  const { index, lines, after } = dossier.published;
  const event = told.find((one) => one.index === index) ?? null;
  const { size, count, root } = event?.data ?? {};
  const mine = told[0]?.index === 0 && event?.iss === told[0].iss && event.type === "index.published";
  const formed = Number.isInteger(size) && size > 0 && size <= index && Number.isInteger(count);
  if (!mine || !formed || (after ?? size) !== size || typeof root !== "string" || !HASH.test(root)) {
    return { event: null, complete: result("failed", "no_index_event", { index }) };
  }
  const worst = new Worst();
  const published = await readLines(lines, BigInt(count), unbase64url(root), worst);
  const covered = told.filter((one) => one.index < size);
  compare(follow(covered, whole, new Worst()), published, size, worst);
  checkMakers(dossier.items, told, histories, worst);
  if (worst.result.verdict === "ok") worst.result = result("ok", "complete", { size, count });
  return { event, complete: worst.result };
}

/** The lines of histories that are proven to stand in an index, by their items. */
async function readLines(lines, count, root, worst) {
  const found = new Map();
  for (const { line, position, proof } of lines) {
    const leaf = await hashLeaf(utf8(line));
    await worst.take(() => checkIncluded(leaf, BigInt(position), count, proof, root), { line }, "line_not_included");
    const item = LINE.exec(line)?.[1];
    const known = line.includes(" = ") ? line : (found.get(item) ?? line);
    if (item === undefined || known !== line) worst.failed("line_malformed", { line });
    else if (!line.includes(" = ")) found.set(item, line);
  }
  return found;
}

function compare(histories, published, size, worst) {
  for (const [item, { count, latest, tip, doubtful }] of histories) {
    const [line, counted] = [published.get(item), `${item} ${count} ${latest} `];
    if (line === undefined) {
      worst.unknown(count ? "no_line" : "after_index", { item, size });
    } else if (doubtful !== null && line.startsWith(counted)) {
      worst.unknown("event_unknown", { index: doubtful, item });
    } else if (line !== counted + tip) {
      worst.failed("cut", { item, published: line, found: counted + tip });
    }
  }
}

/** A declared item falls under the recalls of whoever filed its code, so that firm must be here. */
function checkMakers(items, told, histories, worst) {
  const filings = told.filter(({ type }) => type === "coding.filed").reverse();
  const filed = new Map(filings.map(({ data, index }) => [data.vendor, index]));
  for (const item of items) {
    const declared = histories.get(item).first;
    if (!item.startsWith("gbt34014:") || declared?.type !== "item.declared") continue;
    const vendor = item.slice(9, 12);
    if (!(filed.get(vendor) < declared.index)) worst.unknown("no_maker", { item, vendor });
  }
}

/** Whether the index lines of a dossier show that nothing was ever logged under a code, id or alias. */
export async function checkAbsent(bytes, { checks }, text) {
  const { published } = parseDossier(bytes);
  const demanded = [checks.log, checks.root, checks.included, checks.signed, checks.complete];
  if (!demanded.every(({ verdict }) => verdict === "ok")) return result("unknown", "not_verified");
  const { count, size } = checks.complete;
  const wanted = `${text} `;
  if (published.lines.some(({ line }) => line.startsWith(wanted))) return result("failed", "seen", { text });
  // The index ends before its first line and behind its last.
  const before = published.lines.filter(({ line }) => line < wanted).map(({ position }) => position + 1);
  const after = published.lines.filter(({ line }) => line > wanted).map(({ position }) => position);
  const neighbours = new Set([0, ...before]);
  if (![count, ...after].some((place) => neighbours.has(place))) return result("unknown", "not_shown", { text });
  // The unit that a cell was built into commits to its code, and no event names it.
  return /^gbt34014:...C/.test(text) ? result("unknown", "cell", { text, size }) : result("ok", "absent", { size });
}
