// How checks end: what is verified, what is disproved, and what nobody here can tell.
import { Refused } from "./bytes.js";

/** How a check ended: `ok`, `failed` or `unknown`, a short code that says why, and what was found. */
export const result = (verdict, reason, facts = {}) => ({ verdict, reason, ...facts });

/** What was refused as a failed check; errors that are not ours go on. */
export function refusal(error, reason, facts = {}) {
  if (!(error instanceof Refused)) throw error;
  return result("failed", reason ?? error.reason, { ...facts, why: error.message });
}

/** The result of a check over many entries: the first failure, else the first doubt, else ok. */
export class Worst {
  result = result("ok", "ok");

  failed(reason, facts) {
    if (this.result.verdict !== "failed") this.result = result("failed", reason, facts);
  }

  unknown(reason, facts) {
    if (this.result.verdict === "ok") this.result = result("unknown", reason, facts);
  }

  /** What a step gives, or undefined where it is refused: that is a failure. */
  async take(step, facts, reason) {
    try {
      return await step();
    } catch (error) {
      const found = refusal(error, reason, facts);
      if (this.result.verdict !== "failed") this.result = found;
      return undefined;
    }
  }
}
