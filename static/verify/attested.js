// Who vouches for a checkpoint: the log by its key, witnesses by their cosignatures, and as of when.
import { result, refusal } from "./verdict.js";
import { checkSigned, cosigned, parseCheckpoint, parseNote } from "./log.js";

const MAX_AHEAD = 30n;
const MAX_DATED = 253370000000n;

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
    return { tree, log: refusal(error, tree === null ? "malformed" : "not_signed") };
  }
  // From here on the size and the root are the log's word.
  return { tree, log: result("ok", "signed", { origin: tree.origin, size: Number(tree.size) }) };
}

/** What the cosignatures on a note say, by `judge`; unknown without a policy, failed where one does not hold. */
async function judged(note, policy, judge) {
  if (policy === null) return result("unknown", "no_policy");
  try {
    return judge(await cosigned(note, policy));
  } catch (error) {
    return refusal(error, "bad_cosignature");
  }
}

/** Whether a quorum of a policy's witnesses has cosigned a checkpoint. */
export const witnessed = (note, policy) =>
  judged(note, policy, ({ times, unread, met, at }) => {
    if (policy.quorum === "none") return result("ok", "none_demanded");
    const facts = { count: times.size, quorum: policy.quorum };
    if (!met) return result("unknown", unread.size ? "not_readable" : "no_quorum", facts);
    return at > MAX_DATED ? result("failed", "bad_cosignature") : result("ok", "quorum", facts);
  });

/** How old the witnesses' word is, and what an index covers: a fresh checkpoint over an old tree hides something. */
export const freshness = (note, policy, published, covered, now, maxAge) =>
  judged(note, policy, ({ at, unread }) => {
    if (at === undefined && unread.size) return result("unknown", "not_readable");
    if (at === undefined || now === null) return result("unknown", "no_time");
    if (at > BigInt(now) + MAX_AHEAD) return result("unknown", "ahead", { at_s: Number(at) });
    if (published === null) return result("unknown", "no_index");
    if (covered === null) return result("unknown", "undated");
    const asOf = Math.min(Number(at), Math.floor(covered / 1000));
    const facts = { at_s: asOf, age_s: Math.max(0, now - asOf) };
    return now - asOf <= maxAge ? result("ok", "fresh", facts) : result("unknown", "stale", facts);
  });
