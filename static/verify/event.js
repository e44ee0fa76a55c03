// An entry as a verifier reads it: who states what about which items, which it touches, what it conceals.
import {
  base64url, members, parseJson, refuse, sha256, textOf, unbase64url, utf8,
} from "./bytes.js";

const TYPES = new Map();
function types(act, purposes, names) {
  for (const name of names.split(/\s+/)) TYPES.set(name, { act, purposes: purposes.split(" ") });
}
types(true, "office", `batch.processed coding.filed content.claimed custody.released event.voided item.exported
  item.requalified item.retired item.split log.key_added log.moved lot.declared lot.divided model.declared
  org.enrolled org.reinstated org.roles_set org.succeeded org.suspended pack.fitted pool.joined pool.left
  product.assembled product.deployed product.returned recall.closed recall.opened residue.disposed
  rules.adopted state.rectified transfer.offered transfer.withdrawn vehicle.scrapped vehicle.sold
  vehicle.written_off`);
types(true, "office device", `item.collected item.declared item.identified pack.removed transfer.accepted
  transfer.rejected`);
types(true, "office line", "item.repaired label.replaced module.manufactured pack.manufactured");
types(true, "admin recovery", "key.added key.revoked");
types(true, "admin", "delegation.granted delegation.revoked site.set");
types(false, "office", `consent.given disclosure.erased dispute.settled event.confirmed event.corrected
  event.disputed incident.reported index.published label.voided pool.reported quarantine.lifted recall.remedied
  report.filed`);
types(false, "office device", "intake.recorded item.found item.lost item.stolen");
types(false, "office rig", "health.measured item.graded");
types(false, "office line", "label.printed production.added");
types(false, "office line device", "label.attached");
export { TYPES };

export const ID = /^[a-z0-9]{2,9}:[0-9A-Za-z.:-]{1,100}$/;
export const HASH = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const isText = (value, form) => typeof value === "string" && form.test(value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A compact JWS, taken apart; nothing in it is verified. `id` is that of an event. */
export async function parseJws(jws) {
  const [header, payload, signature] = jws.split(".").map(unbase64url);
  const { alg, kid, typ } = members(parseJson(textOf(header)), "alg", "kid", "typ");
  refuse(!isText(kid, HASH) || !isText(typ, /^[a-z0-9][a-z0-9.+-]{0,63}$/), "header");
  refuse(signature.length !== 64 || (alg !== "Ed25519" && alg !== "ES256"), "signature or alg");
  const signed = utf8(jws.slice(0, jws.lastIndexOf(".")));
  return { alg, kid, typ, payload, signed, signature, id: base64url(await sha256(signed)) };
}

/** The JWS of an entry as a statement; the signature is checked by whoever knows the key. */
export async function readStatement(index, ms, jws) {
  const { payload, typ, ...parts } = await parseJws(jws);
  refuse(typ !== "battery-event+sd-jwt" || jws.length > 60000, "not an event, or too long");
  const told = parseJson(textOf(payload));
  refuse(!isObject(told), "not an object");
  const names = ["v", "aud", "iss", "jti", "iat", "event", "at", "prev", "data"];
  const { v, aud, iss, event, prev, data } = members(told, ...names, ...("_sd_alg" in told ? ["_sd_alg"] : []));
  refuse(v !== 1 || typeof aud !== "string" || !isText(iss, ID) || !iss.startsWith("org:"), "v, aud or iss");
  refuse(!isText(event, /^[a-z]{1,20}\.[a-z_]{1,30}$/) || !isObject(data) || !isObject(prev), "event");
  const named = new Map(Object.entries(prev));
  refuse(named.size > 256, "prev");
  for (const [item, tip] of named) refuse(!ID.test(item) || !(tip === null || isText(tip, HASH)), "prev");
  const known = TYPES.get(event);
  const actor = isText(data.on_behalf_of, ID) ? data.on_behalf_of : iss;
  const one = { ...parts, index, ms, aud, iss, actor, type: event, known, data };
  return { ...one, prev: named, touched: touched(event, known, named, data), sd: digests(data, told) };
}

/** The ids whose tip a statement becomes; none where it is no act, or of a type that is not known here. */
function touched(event, known, prev, data) {
  if (!known?.act) return new Set();
  if (event === "event.voided") {
    return new Set([...prev].filter(([, tip]) => tip !== null && tip === data.event).map(([item]) => item));
  }
  const lots = event !== "lot.divided" && Array.isArray(data.lots) ? data.lots : [];
  const mentioned = new Set(lots.filter(isObject).map((one) => one.lot));
  if (event === "lot.divided") mentioned.add(data.source);
  if (event === "item.declared") mentioned.add(data.clone_of);
  return new Set([...prev.keys()].filter((item) => !mentioned.has(item)));
}

function digests(data, told) {
  const found = data._sd;
  if (found === undefined && !("_sd_alg" in told)) return [];
  refuse(told._sd_alg !== "sha-256" || !Array.isArray(found) || !found.length, "_sd_alg goes with _sd");
  refuse(!found.every((one) => isText(one, HASH)), "a digest is no hash");
  refuse(found.some((one, at) => at > 0 && found[at - 1] >= one), "digests are not sorted and unique");
  return found;
}

/** How many of a statement's digests have their disclosure here; Refused where one is not what it conceals. */
export async function countDisclosed(digests, texts) {
  const names = new Set();
  for (const text of texts) {
    const value = parseJson(textOf(unbase64url(text)));
    refuse(!Array.isArray(value) || value.length !== 3, "a disclosure has three members", "changed");
    const [salt, name, claim] = value;
    refuse(!isText(salt, /^[A-Za-z0-9_-]{22,}$/) || typeof name !== "string" || !name, "salt or name", "changed");
    refuse(text.length > (name === "cell_codes" ? 524288 : 65536), "the disclosure is too long", "changed");
    refuse(["_sd", "_sd_alg", "..."].includes(name) || names.has(name), "its name", "changed");
    refuse(holdsDigests(claim), "it holds digests of its own", "changed");
    refuse(!digests.includes(base64url(await sha256(utf8(text)))), "it has no digest", "changed");
    names.add(name);
  }
  return names.size;
}

function holdsDigests(value) {
  if (Array.isArray(value)) return value.some(holdsDigests);
  if (!isObject(value)) return false;
  return ["_sd", "_sd_alg", "..."].some((one) => one in value) || Object.values(value).some(holdsDigests);
}
