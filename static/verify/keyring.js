// The keys of a dossier, from the entries in it: what each organisation had registered before an entry.
import { refuse } from "./bytes.js";
import { text } from "./json.js";
import { keyOf } from "./keys.js";

const MAX_CONFIRMED = 100;
const MAX_EXCEPTIONS = 500;
const ABOUT_KEYS = ["org.enrolled", "key.added", "key.revoked"];
const INSTANT = text(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?!-00:00)[+-](0\d|1[0-5]):[0-5]\d$/);
const allow = (condition) => refuse(!condition, "not the signer's to state", "authority");

/** Milliseconds since 1970 of an instant `YYYY-MM-DDThh:mm:ss±hh:mm`, null where there is none. */
function ms(told) {
  if (told === undefined || told === null) return null;
  INSTANT(told);
  const day = Date.parse(`${told.slice(0, 10)}T00:00:00Z`);
  const exists = !Number.isNaN(day) && new Date(day).toISOString().startsWith(told.slice(0, 10));
  refuse(!exists || Date.parse(told) < 0, "no such instant");
  return Date.parse(told);
}

export class Keyring {
  keys = new Map();
  registrar = "";
  origin = "";

  /** Takes in entry 0, which is signed with a key that it brings along itself. */
  async found(one) {
    const { type, iss, aud, prev, data } = one;
    allow(type === "org.enrolled" && prev.size === 1 && prev.has(iss));
    [this.registrar, this.origin] = [iss, aud];
    await this.register(iss, data.admin, "admin");
    if (data.recovery !== undefined && data.recovery !== null) await this.register(iss, data.recovery, "recovery");
    await this.check(one);
  }

  /** The key that a statement is signed with, once it was seen that it may state this here; or Refused. */
  async check(one) {
    const key = this.keys.get(one.kid);
    refuse(!key, "the key is not known", "key_unknown");
    refuse(key.org !== one.iss, "the key is another's", "issuer");
    const within = one.ms >= (key.from ?? 0) && (key.until === null || one.ms < key.until);
    refuse(key.revoked !== null || !within, "the key is not valid here", "key_not_valid");
    refuse(key.alg !== one.alg, "alg is not the key's", "not_signed");
    await key.verify(one.signed, one.signature);
    refuse(one.aud !== this.origin, "it was meant for another log", "other_log");
    // Entry 0 alone is an office's statement by an admin key.
    const ofOthers = key.purpose === "recovery" && !one.prev.has(one.iss);
    const allowed = !one.known || one.index === 0 || (one.known.purposes.includes(key.purpose) && !ofOthers);
    refuse(!allowed, "the key is for another purpose", "purpose");
    return key;
  }

  /** Takes in what a statement says about keys; Refused where its signer may not say so. */
  async learn({ type, data, iss, prev, index }) {
    const org = prev.keys().next().value ?? iss;
    if (ABOUT_KEYS.includes(type)) allow(prev.size === 1 && (iss === org || iss === this.registrar));
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
      allow(key.confirmed.length < MAX_CONFIRMED && exceptions.length <= MAX_EXCEPTIONS);
      key.confirmed.push({ first, last, exceptions: new Set(exceptions) });
    } else if (type === "log.moved") {
      allow(iss === this.registrar);
      this.origin = text()(data.origin);
    }
  }

  keyOf(org, kid) {
    const key = this.keys.get(kid);
    allow(key?.org === org);
    return key;
  }

  async register(org, jwk, purpose, from = null, until = null) {
    const key = await keyOf(jwk);
    const made = { ...key, org, purpose: text()(purpose), from, until, revoked: null, since: null, confirmed: [] };
    if (!this.keys.has(key.kid)) this.keys.set(key.kid, made);
  }
}

/** Whether an entry that a key signed may be a thief's: amber until it is confirmed. */
export const isDoubtful = ({ since, confirmed }, { ms: at, index }) =>
  since !== null &&
  at >= since &&
  !confirmed.some(({ first, last, exceptions }) => first <= index && index <= last && !exceptions.has(index));
