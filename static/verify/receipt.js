// Verifies a receipt from its own bytes: that the log took an event, as docs/formats.md section 5 says.
import { checkLog, witnessed } from "./attested.js";
import { base64url, refuse, sha256, textOf, unbase64, utf8 } from "./bytes.js";
import { parseJws, readEntry, readStatement } from "./event.js";
import { checkIncluded, hashLeaf, parseCheckpoint, parseNote } from "./log.js";
import { refusal, result } from "./verdict.js";

/** The receipt of its one text; throws Refused. */
export function parseReceipt(bytes) {
  const text = textOf(bytes);
  const end = text.indexOf("\n\n");
  refuse(end < 0, "no blank line");
  const [header, extra, index, ...hashes] = text.slice(0, end).split("\n");
  const place = /^index (0|[1-9][0-9]{0,18})$/.exec(index)?.[1];
  refuse(header !== "c2sp.org/tlog-proof@v1" || !extra?.startsWith("extra ") || place === undefined, "head");
  const [entry, proof] = [unbase64(extra.slice(6)), hashes.map(unbase64)];
  refuse(BigInt(place) >= 1n << 63n || entry.length < 1 || entry.length > 65535, "out of range");
  refuse(proof.length > 63 || proof.some((one) => one.length !== 32), "not at most 63 hashes of 32 bytes");
  const note = text.slice(end + 2);
  return { entry, index: BigInt(place), proof, note, stated: parseCheckpoint(parseNote(note).text) };
}

/**
 * What a receipt shows. `keys` maps thumbprints to keys (`keyOf` of ./keys.js), `expected` is the id of the event
 * that it must be for. Throws Refused where the bytes are no receipt.
 */
export async function verifyReceipt(bytes, { trust = null, policy = null, keys = new Map(), expected = null }) {
  const receipt = parseReceipt(bytes);
  const { log } = await checkLog(receipt.note, trust, policy);
  const { id, jws, fault } = await takeApart(receipt);
  const checks = {
    log,
    included: await checkTree(receipt, log),
    signed: await checkSignature(jws, keys),
    event: checkEvent(id, fault, expected),
  };
  if (policy !== null) checks.witnessed = await witnessed(receipt.note, policy);
  return { ok: Object.values(checks).every(({ verdict }) => verdict === "ok"), checks };
}

async function takeApart({ entry, index }) {
  const parts = { id: null, jws: null, fault: null };
  try {
    const { ms, jws } = readEntry(textOf(entry));
    parts.id = base64url(await sha256(utf8(jws.slice(0, jws.lastIndexOf(".")))));
    parts.jws = await parseJws(jws);
    const { known } = await readStatement(Number(index), ms, jws);
    if (!known) parts.fault = result("unknown", "event_unknown");
  } catch (error) {
    parts.fault = refusal(error, "malformed");
  }
  return parts;
}

async function checkTree({ entry, index, proof, stated }, log) {
  try {
    await checkIncluded(await hashLeaf(entry), index, stated.size, proof, stated.root);
  } catch (error) {
    return refusal(error, "not_included");
  }
  // The proof holds in the tree that the receipt states; that this is the log's tree a key must show.
  return log.verdict === "ok" ? result("ok", "included") : result("unknown", "tree_not_trusted");
}

async function checkSignature(jws, keys) {
  if (jws === null) return result("unknown", "no_event");
  const key = keys.get(jws.kid);
  if (key === undefined) return result("unknown", "no_key", { kid: jws.kid });
  try {
    refuse(jws.alg !== key.alg, "alg is not the algorithm of the key");
    await key.verify(jws.signed, jws.signature);
  } catch (error) {
    return refusal(error, "not_signed");
  }
  return result("ok", "own_key", { kid: jws.kid });
}

function checkEvent(id, fault, expected) {
  if (id !== null && expected !== null && id !== expected) {
    return result("failed", "other_event", { expected, found: id });
  }
  return fault ?? result("ok", "event", { event: id });
}
