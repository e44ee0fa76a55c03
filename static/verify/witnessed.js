// Which witnesses of a policy have cosigned a checkpoint, and how fresh that makes it.
// ML-DSA-44 is not checked here, so its lines count for nothing and leave open what they would decide.
import { result, why } from "./bytes.js";
import { cosigned } from "./log.js";

const MAX_AHEAD = 30n;
const MAX_DATED = 253370000000n;

/** Whether a quorum of a policy's witnesses has cosigned a checkpoint. */
export async function witnessed(note, policy) {
  if (policy === null) return result("unknown", "no_policy");
  try {
    const { times, unread, met, at } = await cosigned(note, policy);
    if (policy.quorum === "none") return result("ok", "none_demanded");
    const facts = { count: times.size, quorum: policy.quorum };
    if (!met) return result("unknown", unread.size ? "not_readable" : "no_quorum", facts);
    if (at > MAX_DATED) return result("failed", "bad_cosignature");
    return result("ok", "quorum", facts);
  } catch (error) {
    return result("failed", "bad_cosignature", why(error));
  }
}

/** How old the word of the witnesses and the index are; a fresh checkpoint over an old index hides something. */
export async function freshness(note, policy, published, now, maxAge) {
  if (policy === null) return result("unknown", "no_policy");
  try {
    const { at, unread } = await cosigned(note, policy);
    if (at === undefined || now === null) {
      return result("unknown", at === undefined && unread.size ? "not_readable" : "no_time");
    }
    if (at > BigInt(now) + MAX_AHEAD) return result("unknown", "ahead", { at_s: Number(at) });
    const asOf = published === null ? Number(at) : Math.min(Number(at), Math.floor(published / 1000));
    const facts = { at_s: asOf, age_s: Math.max(0, now - asOf) };
    return now - asOf <= maxAge ? result("ok", "fresh", facts) : result("unknown", "stale", facts);
  } catch (error) {
    return result("failed", "bad_cosignature", why(error));
  }
}
