// The answer at a gate: "go" (known and genuine), "look" (needs a look) or "stop"; each with its reasons.
// Pure: what is known is an argument. Green takes everything: a signed label that the ledger names, a fresh
// list, and nothing against the battery. Whatever cannot be checked is never green.

import { base64url, sha256, utf8 } from "./bytes.js";
import { parseCode, codeOf } from "./code.js";

export const DAY_MS = 86_400_000;
export const MAX_AGE_MS = 30 * DAY_MS;
export const OLD_STATES_MS = 7 * DAY_MS;
const MARK_LETTERS = 8;
const STOPPING = ["stolen", "cloned"];
const LOOKING = ["lost", "missing", "quarantined", "disputed"];
const UNITS = ["pack", "module", "cell", "product"];

// `scan`: of code.js. `label`: of checkLabel, null where none was scanned. `known`: what the ledger says, null where
// it was not asked or does not know: {state, recalls, recalled_inside, custodian, amber}. `online`: whether it was
// asked just now.
export async function judge({ item, label, known, list, own, now, online }) {
  const stop = [];
  const look = [];
  const state = known?.state ?? null;
  const flags = new Set([...(state?.flags ?? []), ...(list?.flagged[item] ?? [])]);
  for (const flag of STOPPING) if (flags.has(flag)) stop.push(flag);
  for (const flag of LOOKING) if (flags.has(flag)) look.push(flag);
  const recalled = await recallOf(item, known, list, online);
  if (recalled === true) stop.push("recalled");
  if (recalled === null) look.push("perhaps_recalled");
  if (known?.recalled_inside) look.push("recalled_inside");
  if (known?.amber) look.push("in_doubt");
  const ended = await endingOf(item, state, list);
  if (ended !== null) stop.push(ended);
  judgeLabel(label, state, { voidUntil: list?.void_labels?.[item] ?? 0, online }, { stop, look });
  if (state === null) look.push(online ? "unknown" : "not_in_list");
  if (!online) judgeAge(list, now, look);
  if (state !== null && own !== null && isElsewhere(known, state, own)) look.push("not_announced");
  const level = stop.length ? "stop" : look.length ? "look" : "go";
  // What stops it is the answer; what one would look at besides would only hide it.
  return { level, reasons: { go: ["genuine"], look, stop }[level] };
}

// `voidUntil`: the number up to which the list says that the labels of the battery are void.
function judgeLabel(label, state, { voidUntil, online }, { stop, look }) {
  if (label === null) {
    // Of what it does not know it cannot say that the ledger names no label.
    look.push(state === null || state.label_sha256 ? "no_label_scanned" : "no_label_known");
    return;
  }
  if (label.verdict === "forged") stop.push("forged");
  else if (label.verdict === "foreign") look.push("label_foreign");
  else if (label.verdict === "unknown") look.push("label_unknown");
  else if (state === null && label.facts.number <= voidUntil) stop.push("label_voided");
  else if (state === null) look.push("label_alone");
  else if (!state.label_sha256) look.push("no_label_known");
  // The list may be older than the label; the ledger is not.
  else if (!online && label.facts.number > state.label_number) look.push("label_newer");
  else if (label.sha256 !== state.label_sha256) stop.push("replaced");
  else if (isVoid(state)) stop.push("label_voided");
  else if (label.key.compromised_since) look.push("key_compromised");
}

// What was stated of a label counts for the label of that number only.
function isVoid(state) {
  return Boolean(state.label_use?.voided) && state.label_use.number === state.label_number;
}

function judgeAge(list, now, look) {
  const age = list === null ? Infinity : now - Date.parse(list.date);
  // A clock that stands before the list says nothing of its age.
  if (age > MAX_AGE_MS || age < -DAY_MS) look.push("keys_old");
  else if (age > OLD_STATES_MS) look.push("list_old");
}

function isElsewhere(known, state, own) {
  if (state.offer?.to === own || known.custodian === own) return false;
  return String(known.custodian).startsWith("org:");
}

async function endingOf(item, state, list) {
  if (state?.phase === "ended")
    return { split: "taken_apart", voided: "voided", identified: "identified" }[state.ended_by] ?? "recycled";
  if (state !== null || list === null) return null;
  const mark = base64url((await sha256(utf8(item))).slice(0, 6));
  for (let at = 0; at < list.ended.length; at += MARK_LETTERS)
    if (list.ended.startsWith(mark, at)) return "recycled";
  return null;
}

// true, false, or null where the list cannot tell: a model or a day of manufacture that nobody told this device.
async function recallOf(item, known, list, online) {
  if (online && known !== null) return known.recalls.length > 0;
  if (known?.recalls.length) return true;
  const state = known?.state ?? null;
  if (state !== null && !UNITS.includes(state.kind)) return false;
  let doubt = false;
  for (const recalls of list?.recalls ?? []) {
    if (state !== null && state.maker !== recalls.maker) continue;
    for (const recall of recalls.open) {
      if (state?.remedied?.includes(recall.event)) continue;
      const found = selects(recall, item, state);
      if (found === true) return true;
      if (found === null) doubt = true;
    }
  }
  return doubt ? null : false;
}

export function selects(recall, item, state) {
  const code = parseCode(codeOf(item));
  if (recall.codes?.length && !recall.codes.includes(item)) return false;
  const asks = ["vendor", "spec", "serial_from", "serial_until"].some((name) => recall[name] !== undefined);
  if (asks && !codeFits(recall, code)) return false;
  const madeOn = state?.made_on ?? code?.made_on ?? null;
  if (recall.made_from !== undefined && (madeOn === null || madeOn < recall.made_from)) return false;
  if (recall.made_until !== undefined && (madeOn === null || madeOn > recall.made_until)) return false;
  if (recall.model === undefined) return true;
  if (state === null) return asks || recall.codes?.length ? null : code === null ? false : null;
  return recall.model === state.model;
}

function codeFits(recall, code) {
  if (code === null) return false;
  return (
    (recall.vendor ?? code.vendor) === code.vendor &&
    (recall.spec ?? code.spec) === code.spec &&
    code.serial >= (recall.serial_from ?? 0) &&
    code.serial <= (recall.serial_until ?? Infinity)
  );
}
