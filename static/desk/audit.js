// The auditor's page: what is checked is checked here, with nothing taken on the server's word but what is said so.

import { base64, equal, Refused, sha256, unbase64, utf8 } from "../verify/bytes.js";
import { checkSigned, parseCheckpoint, parseLogKey, parseNote } from "../verify/log.js";
import { checkConsistent } from "./consistency.js";
import { element, find, localized, settings, show, told, words } from "./page.js";

const SEEN = "packtrace-checkpoints";
const MOST_SEEN = 50;

// A text of the log, or null where there is none of that name.
async function text(path) {
  const answer = await fetch(path);
  if (answer.status === 404) return null;
  return answer.ok ? answer.text() : told(answer);
}

function seen() {
  try {
    return JSON.parse(localStorage.getItem(SEEN) ?? "[]");
  } catch {
    return [];
  }
}

// The log as it showed itself to this browser before: what no server can change afterwards.
async function remember() {
  const note = await text("/log/released");
  if (note === null) return;
  const { size } = parseCheckpoint(parseNote(note).text);
  const known = seen();
  if (size > 0n && !known.some((one) => one.note === note)) {
    known.push({ size: String(size), note, at: new Date().toISOString().slice(0, 16).replace("T", " ") });
    try {
      localStorage.setItem(SEEN, JSON.stringify(known.slice(-MOST_SEEN)));
    } catch {
      return;
    }
  }
  const list = find("seen");
  list.replaceChildren(...known.slice(-MOST_SEEN).reverse().map((one) => element("option", one.at, { value: one.size })));
}

// A list that shows each finding as soon as there is one; it is read out when all of them are there.
function findings(name) {
  const [list, result] = [find(`${name}-lines`), show(`${name}-result`)];
  list.replaceChildren();
  result.setAttribute("aria-busy", "true");
  return {
    push: (...some) => list.append(...some),
    only: (one) => list.replaceChildren(one),
    end: () => result.setAttribute("aria-busy", "false"),
  };
}

// How far a long check is; nothing of it is spoken but its end.
function progress(done, all) {
  const bar = show("report-bar");
  bar.max = all;
  bar.value = done;
}

// A reason in brackets, as the language of the page writes them.
const bracketed = (why) => (document.documentElement.lang.startsWith("zh") ? `（${why}）` : ` (${why})`);

function line(verdict, what, why = "") {
  const made = element("li", "", { class: verdict });
  made.append(element("b", words()[verdict]), ` ${what}`, why ? bracketed(why) : "");
  return made;
}

// The checkpoint of a size that somebody signed: seen by this browser before, kept with cosignatures, or the latest.
async function checkpointOf(size) {
  const own = seen().find((one) => one.size === String(size));
  const kept = settings().kept.split(" ").includes(String(size));
  const note = own?.note ?? (await text(kept ? `/log/checkpoints/${size}` : "/log/released"));
  const tree = note && parseCheckpoint(parseNote(note).text);
  return tree && tree.size === BigInt(size) ? { note, ...tree, own: own !== undefined } : null;
}

// Why a check did not end well: what does not hold has failed; where nothing could be asked, nothing is known.
function ended(error, what) {
  if (error instanceof Refused) return line("failed", what, error.message);
  return line("unknown", what, error.rule ? error.message : words().offline);
}

// One checkpoint: signed by the log, and of the root that the proof starts from or leads to.
async function checked(size, root, key, mine, lines) {
  const found = await checkpointOf(size);
  const what = words().checkpoint.replace("{size}", size);
  if (found === null) return lines.push(line("unknown", what, words().unsigned));
  try {
    await checkSigned(found.note, found.origin, [key]);
    if (!equal(found.root, root)) return lines.push(line("failed", what, words().other_root));
    lines.push(mine ? line("ok", what) : line("unknown", what, words().servers_key));
  } catch (error) {
    lines.push(ended(error, what));
  }
}

async function growth(event) {
  event.preventDefault();
  const lines = findings("growth");
  const [from, to] = [find("from").value.trim(), find("to").value.trim()];
  try {
    const proof = await told(await fetch(localized(`/v1/growth?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`)));
    const mine = find("vkey").value.trim();
    const key = await parseLogKey(mine || settings().vkey);
    const [root1, root2] = [unbase64(proof.from.root), unbase64(proof.to.root)];
    await checked(proof.from.size, root1, key, mine !== "", lines);
    await checked(proof.to.size, root2, key, mine !== "", lines);
    lines.push(await proven(proof, root1, root2));
    find("proof").textContent = JSON.stringify(proof, null, 1);
  } catch (error) {
    lines.push(ended(error, grown(from, to)));
  }
  lines.end();
  find("growth-result").querySelector("h3").focus();
}

function grown(from, to) {
  return words().grown.replace("{from}", from).replace("{to}", to);
}

async function proven(proof, root1, root2) {
  const what = grown(proof.from.size, proof.to.size);
  try {
    await checkConsistent(BigInt(proof.from.size), BigInt(proof.to.size), proof.proof.map(unbase64), root1, root2);
    return line("ok", what);
  } catch (error) {
    return ended(error, what);
  }
}

// A report of `packtrace audit --json`, read here and sent nowhere.
async function report(event) {
  const [file] = event.target.files;
  if (file === undefined) return;
  const lines = findings("report");
  try {
    if (file.size > 16_000_000) throw new Error(words().too_large);
    const found = JSON.parse(await file.text());
    const failed = found.findings.length > 0 || Object.values(found.checks).includes("failed");
    lines.push(line(found.ok ? "ok" : failed ? "failed" : "unknown", words().whole.replace("{size}", found.size)));
    if (!found.pinned) lines.push(line("unknown", words().unpinned));
    for (const { index, days } of found.behind ?? []) lines.push(line("unknown", words().behind.replace("{index}", index).replace("{days}", days)));
    for (const [name, verdict] of Object.entries(found.checks)) lines.push(line(["ok", "failed"].includes(verdict) ? verdict : "unknown", words().checks[name] ?? name));
    lines.push(await ofThisLog(found));
    for (const one of found.findings) lines.push(line("failed", [one.kind ?? one.code, one.index, one.item].filter((part) => part !== undefined && part !== null).join(" · ")));
    if (found.sample) await sampled(found.sample, lines);
  } catch (error) {
    lines.only(line("failed", words().no_report, error.message));
  }
  show("report-bar", false);
  lines.end();
}

// Whether the tree that was audited is one that this log has grown from.
async function ofThisLog(found) {
  const to = settings().released;
  const what = words().same_log;
  if (!found.root || BigInt(found.size) > BigInt(to) || found.size === 0) return line("unknown", what);
  const proof = await fetch(localized(`/v1/growth?from=${found.size}&to=${to}`)).then(told).catch((error) => error);
  if (proof instanceof Error) return ended(proof, what);
  if (base64(unbase64(found.root)) !== proof.from.root) return line("failed", what, words().other_root);
  return proven(proof, unbase64(proof.from.root), unbase64(proof.to.root));
}

// Each item's digest again: SHA-256 of three lines (docs/audit.md).
async function sampled({ seed, drawn }, lines) {
  const some = drawn.slice(0, 500);
  for (const [at, one] of some.entries()) {
    progress(at, some.length);
    const digest = await sha256(utf8(`packtrace sample v1\n${seed}\n${one.item}`));
    const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const made = line(hex === one.digest ? "ok" : "failed", words().drawn);
    const code = one.item.startsWith("gbt34014:") ? one.item.slice(9) : one.item;
    made.append(element("a", code, { href: `/p/${encodeURIComponent(code)}` }), ` · ${one.district}`);
    lines.push(made);
  }
}

find("growth").addEventListener("submit", growth);
find("growth").querySelector("button").disabled = false;
find("report").addEventListener("change", report);
remember().catch(() => null); // without a checkpoint of today the list is the one of before
