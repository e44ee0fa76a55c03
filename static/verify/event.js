// An entry as a verifier reads it: who states what about which items, which it touches, what it conceals.
import { base64url, refuse, sha256, textOf, unbase64url, utf8 } from "./bytes.js";
import { ID } from "./form.js";
import { anObject, anything, isObject, list, object, only, orNull, parseJson, text } from "./json.js";

/** Event types: whether they are acts, and the purposes of the keys that may sign them. */
export const TYPES = new Map();
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

export const HASH = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const RESERVED = ["_sd", "_sd_alg", "..."];
const HEADER = object({ alg: text(/^(?:Ed25519|ES256)$/), kid: text(HASH), typ: text(/^[a-z0-9][a-z0-9.+-]{0,63}$/) });
const ENVELOPE = {
  v: only(1),
  aud: text(),
  iss: text(/^org:[0-9A-Za-z.:-]{1,100}$/),
  jti: anything,
  iat: anything,
  event: text(/^[a-z]{1,20}\.[a-z_]{1,30}$/),
  at: anything,
  prev: anObject,
  data: anObject,
};

/** When the log says it took an entry, in ms since 1970, and the JWS in it. */
export function readEntry(entry) {
  const [, digits, jws] = /^(0|[1-9][0-9]{0,15}) ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(entry) ?? [];
  refuse(jws === undefined || entry.length > 65535 || Number(digits) > Number.MAX_SAFE_INTEGER, "not an entry");
  return { ms: Number(digits), jws };
}

/** A compact JWS, taken apart; nothing in it is verified. `id` is that of an event. */
export async function parseJws(jws) {
  const [header, payload, signature] = jws.split(".").map(unbase64url);
  const found = HEADER(parseJson(textOf(header)));
  refuse(signature.length !== 64, "a signature has 64 bytes");
  const signed = utf8(jws.slice(0, jws.lastIndexOf(".")));
  return { ...found, payload, signed, signature, id: base64url(await sha256(signed)) };
}

/** The JWS of an entry as a statement; the signature is checked by whoever knows the key. */
export async function readStatement(index, ms, jws) {
  const { payload, typ, ...parts } = await parseJws(jws);
  refuse(typ !== "battery-event+sd-jwt" || jws.length > 60000, "not an event, or too long");
  const told = anObject(parseJson(textOf(payload)));
  const conceals = "_sd_alg" in told;
  const envelope = object(conceals ? { ...ENVELOPE, _sd_alg: only("sha-256") } : ENVELOPE)(told);
  const { aud, iss, event: type, data } = envelope;
  refuse(conceals !== "_sd" in data, "_sd_alg goes with _sd");
  const prev = new Map(Object.entries(envelope.prev));
  refuse(prev.size > 256, "prev names too many");
  [...prev.keys()].forEach(text(ID));
  [...prev.values()].forEach(orNull(text(HASH)));
  const actor = typeof data.on_behalf_of === "string" && ID.test(data.on_behalf_of) ? data.on_behalf_of : iss;
  const one = { ...parts, index, ms, aud, iss, actor, type, prev, data, known: TYPES.get(type) };
  return { ...one, touched: touched(one), sd: conceals ? digests(data._sd) : [] };
}

/** The ids whose tip a statement becomes; none where it is no act, or of a type that is not known here. */
function touched({ type, known, prev, data }) {
  if (!known?.act) return new Set();
  if (type === "event.voided") {
    return new Set([...prev].filter(([, tip]) => tip !== null && tip === data.event).map(([item]) => item));
  }
  const lots = type !== "lot.divided" && Array.isArray(data.lots) ? data.lots : [];
  const mentioned = new Set(lots.filter(isObject).map((one) => one.lot));
  if (type === "lot.divided") mentioned.add(data.source);
  if (type === "item.declared") mentioned.add(data.clone_of);
  return new Set([...prev.keys()].filter((item) => !mentioned.has(item)));
}

function digests(found) {
  refuse(!Array.isArray(found) || !found.length, "_sd is a list of digests");
  found.forEach(text(HASH));
  refuse(found.some((one, at) => at > 0 && found[at - 1] >= one), "digests are not sorted and unique");
  return found;
}

/** How many of a statement's digests have their disclosure here; Refused where one is not what it conceals. */
export async function countDisclosed(digests, texts) {
  const names = new Set();
  for (const one of texts) {
    const [salt, name, claim] = list(3, anything)(parseJson(textOf(unbase64url(one))));
    refuse(claim === undefined, "a disclosure has three members");
    text(/^[A-Za-z0-9_-]{22,}$/)(salt);
    text(/./s)(name);
    refuse(one.length > (name === "cell_codes" ? 524288 : 65536), "the disclosure is too long");
    refuse(RESERVED.includes(name) || names.has(name), "its name is reserved, or disclosed twice");
    refuse(holdsDigests(claim), "it holds digests of its own");
    refuse(!digests.includes(base64url(await sha256(utf8(one)))), "it has no digest");
    names.add(name);
  }
  return names.size;
}

const holdsDigests = (value) =>
  (isObject(value) && RESERVED.some((name) => name in value)) ||
  (value !== null && typeof value === "object" && Object.values(value).some(holdsDigests));
