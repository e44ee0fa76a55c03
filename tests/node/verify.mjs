// Verifies what stands on standard input, one JSON object a line, and answers each with one line.
//
// {"kind": …, "data": base64, "trust", "policy", "now", "own_policy"}: what is verified, and what it is verified with.
import { createInterface } from "node:readline";
import { parsePolicy } from "../../static/verify/log.js";
import { Refused, textOf } from "../../static/verify/bytes.js";
import { readStatement, TYPES } from "../../static/verify/event.js";
import { parseJson } from "../../static/verify/json.js";
import { checkLog, witnessed } from "../../static/verify/attested.js";
import { checkAbsent, parseTrust, verifyDossier } from "../../static/verify/dossier.js";
import { keyOf } from "../../static/verify/keys.js";
import { verifyReceipt } from "../../static/verify/receipt.js";
import { checkTiles } from "../../static/verify/tiles.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const kept = new Map();
async function once(parse, text) {
  if (text === null || text === undefined) return null;
  if (!kept.has(text)) kept.set(text, await parse(text));
  return kept.get(text);
}

const keys = new Map();
const learn = (key) => keys.set(key.kid, key);

const KINDS = {
  async statement(data) {
    const { id, iss, actor, type, prev, touched, sd } = await readStatement(7, 0, textOf(data));
    return { id, iss, actor, type, prev: Object.fromEntries(prev), touched: [...touched].sort(), sd };
  },
  json: (data) => ({ text: JSON.stringify(parseJson(textOf(data))) }),
  types: () => Object.fromEntries(TYPES),
  dossier: (data, options) => verifyDossier(data, options),
  receipt: (data, options, { expected }) => verifyReceipt(data, { ...options, keys, expected }),
  async checkpoint(data, { trust, policy }) {
    const note = textOf(data);
    return { checks: { log: (await checkLog(note, trust, policy)).log, witnessed: await witnessed(note, policy) } };
  },
  // `data` is JSON: the size and the root of a tree, and its tiles by their paths.
  async tiles(data) {
    const { size, root, tiles } = JSON.parse(textOf(data));
    const read = async (path) => bytes(tiles[path]);
    const wrong = (error) => (error instanceof Refused ? error.reason : Promise.reject(error));
    return { wrong: await checkTiles({ size, root: bytes(root) }, read).then(() => null, wrong) };
  },
  async absence(data, options, { text }) {
    const verification = await verifyDossier(data, options);
    return { ...verification, absent: await checkAbsent(data, verification, text) };
  },
};

async function answer(told) {
  try {
    const trust = await once(parseTrust, told.trust);
    const policy = await once(parsePolicy, told.policy);
    for (const jwk of told.keys ?? []) await once(async () => learn(await keyOf(jwk)), JSON.stringify(jwk));
    const options = { trust, policy, now: told.now ?? null, ownPolicy: told.own_policy ?? false };
    return await KINDS[told.kind](bytes(told.data), options, told);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { malformed: error.message };
  }
}

// Some at once: most of the time goes by while other threads hash and verify.
const AT_ONCE = 16;
let waiting = [];
async function flush() {
  for (const found of await Promise.all(waiting)) console.log(JSON.stringify(found));
  waiting = [];
}
for await (const line of createInterface({ input: process.stdin })) {
  waiting.push(answer(JSON.parse(line)));
  if (waiting.length >= AT_ONCE) await flush();
}
await flush();
