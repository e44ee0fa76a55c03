// The keys of a dossier, from the entries in it: what each organisation had registered before an entry.
import { Refused, refuse } from "./bytes.js";
import { keyOf } from "./keys.js";

const MAX_CONFIRMED = 100;
const MAX_EXCEPTIONS = 500;

/** Milliseconds since 1970 of an instant `YYYY-MM-DDThh:mm:ss±hh:mm`, null where there is none. */
function ms(text) {
  if (text === undefined || text === null) return null;
  const form = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-](0\d|1[0-5]):[0-5]\d$/;
  refuse(typeof text !== "string" || !form.test(text) || text.endsWith("-00:00"), "not an instant");
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  const exists = !Number.isNaN(day) && new Date(day).toISOString().startsWith(text.slice(0, 10));
  refuse(!exists || Date.parse(text) < 0, "no such instant");
  return Date.parse(text);
}

export class Keyring {
  keys = new Map();
  registrar = "";
  origin = "";

  /** Takes in entry 0, which is signed with a key that it brings along itself. */
  async found(one) {
    refuse(one.type !== "org.enrolled" || one.prev.size !== 1 || !one.prev.has(one.iss), "entry 0", "authority");
    [this.registrar, this.origin] = [one.iss, one.aud];
    await this.register(one.iss, one.data.admin, "admin");
    if (one.data.recovery !== undefined && one.data.recovery !== null) {
      await this.register(one.iss, one.data.recovery, "recovery");
    }
    await this.check(one);
  }

  /** The key that a statement is signed with, once it was seen that it may state this here; or Refused. */
  async check(one) {
    const key = this.keys.get(one.kid);
    refuse(!key, "the key is not known", "key_unknown");
    refuse(key.org !== one.iss, "the key is another's", "issuer");
    const [early, late] = [one.ms < (key.from ?? 0), key.until !== null && one.ms >= key.until];
    refuse(key.revoked !== null || early || late, "the key is not valid here", "key_not_valid");
    refuse(key.alg !== one.alg, "alg is not the key's", "not_signed");
    await key.verify(one.signed, one.signature);
    refuse(one.aud !== this.origin, "it was meant for another log", "other_log");
    const ofOthers = key.purpose === "recovery" && !one.prev.has(one.iss);
    const allowed = !one.known || one.index === 0 || (one.known.purposes.includes(key.purpose) && !ofOthers);
    refuse(!allowed, "the key is for another purpose", "purpose");
    return key;
  }

  /** Takes in what a statement says about keys; Refused where its signer may not say so. */
  async learn({ type, data, iss, prev, index }) {
    const org = prev.keys().next().value ?? iss;
    const allow = (condition) => refuse(!condition, "not the signer's to state", "authority");
    if (["org.enrolled", "key.added", "key.revoked"].includes(type)) {
      allow(prev.size === 1 && (iss === org || iss === this.registrar));
    }
    if (type === "org.enrolled") {
      allow(iss === this.registrar);
      await this.register(org, data.admin, "admin");
    } else if (type === "key.added") {
      allow(iss === org || data.purpose === "admin");
      await this.register(org, data.jwk, data.purpose, ms(data.from), ms(data.until));
    } else if (type === "key.revoked") {
      const key = this.keyOf(org, data.kid);
      const since = ms(data.compromised_since);
      key.revoked ??= index;
      // Who stood by entries did not know yet that the thief had the key before.
      if (since !== null) Object.assign(key, { since, confirmed: [] });
    } else if (type === "event.confirmed") {
      const { first, last, exceptions = [] } = data;
      const key = this.keyOf(iss, data.kid);
      refuse(!Number.isInteger(first) || !Number.isInteger(last) || !Array.isArray(exceptions), "its range");
      refuse(key.confirmed.length >= MAX_CONFIRMED || exceptions.length > MAX_EXCEPTIONS, "too many", "authority");
      key.confirmed.push({ first, last, exceptions });
    } else if (type === "log.moved") {
      allow(iss === this.registrar);
      this.origin = data.origin;
    }
  }

  keyOf(org, kid) {
    const key = this.keys.get(kid);
    refuse(!key || key.org !== org, "not a key of theirs", "authority");
    return key;
  }

  async register(org, jwk, purpose, from = null, until = null) {
    const key = await keyOf(jwk);
    if (typeof purpose !== "string") throw new Refused("a purpose is a text");
    const fresh = { ...key, org, purpose, from, until, revoked: null, since: null, confirmed: [] };
    if (!this.keys.has(key.kid)) this.keys.set(key.kid, fresh);
  }
}

/** Whether an entry that a key signed may be a thief's: amber until it is confirmed. */
export function isDoubtful({ since, confirmed }, one) {
  if (since === null || one.ms < since) return false;
  return !confirmed.some(
    ({ first, last, exceptions }) => first <= one.index && one.index <= last && !exceptions.includes(one.index),
  );
}
