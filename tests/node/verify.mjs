// Verifies what stands on standard input, one JSON object a line, and answers each with one line.
//
// {"kind": …, "data": base64, "trust", "policy", "now"}: what is verified, and what it is verified with.
import { createInterface } from "node:readline";
import { parsePolicy } from "../../static/verify/log.js";
import { Refused } from "../../static/verify/bytes.js";
import { TYPES } from "../../static/verify/event.js";
import { checkAbsent, parseTrust, verifyDossier } from "../../static/verify/dossier.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const kept = new Map();
async function once(parse, text) {
  if (text === null || text === undefined) return null;
  if (!kept.has(text)) kept.set(text, await parse(text));
  return kept.get(text);
}

const KINDS = {
  types: () => Object.fromEntries(TYPES),
  dossier: (data, options) => verifyDossier(data, options),
  async absence(data, options, { text }) {
    const verification = await verifyDossier(data, options);
    return { ...verification, absent: await checkAbsent(data, verification, text) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  const trust = await once(parseTrust, told.trust);
  const policy = await once(parsePolicy, told.policy);
  let answer;
  try {
    answer = await KINDS[told.kind](bytes(told.data), { trust, policy, now: told.now ?? null }, told);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    answer = { malformed: error.message };
  }
  console.log(JSON.stringify(answer));
}
