// The events of an import to the ledger, a few in a request, the same bytes until it is known what became of each.

import { localized, told } from "./page.js";

const PATH = "/v1/events";
const CHUNK = 50;
const BUSY = new Set([429, 500, 502, 503, 504]);
const LONGEST_MS = 30_000;

// progress(waiting): after each request; true where no answer came. Resolves when nothing is left, or it is stopped.
export async function sendAll(journal, signal, progress) {
  let misses = 0;
  while (journal.left.length && !signal.aborted) {
    const some = journal.left.slice(0, CHUNK);
    const results = await send(PATH, some);
    const answered = some.map((entry, at) => ({ entry, result: results[at] })).filter(({ result }) => result && result.result !== "unknown");
    await journal.note(answered);
    misses = answered.length ? 0 : misses + 1;
    progress(misses > 0);
    if (misses) await pause(Math.min(LONGEST_MS, 500 * 2 ** misses), signal);
  }
}

// What is left is dropped, for good: nobody else has these signatures. What the ledger has, though its answer was
// lost, is found out first, by a dry run, and counts as logged. Throws a TypeError where there is no answer.
export async function sortOut(journal) {
  while (journal.left.length) {
    const some = journal.left.slice(0, CHUNK);
    const results = await send(`${PATH}?dry_run=1`, some);
    if (results.length === 0) throw new TypeError("no answer");
    await journal.note(some.map((entry, at) => ({ entry, result: results[at].result === "duplicate" ? results[at] : { result: "dropped" } })));
  }
}

// What the ledger says of each; nothing where no answer came. A request that is refused as a whole is thrown.
async function send(path, some) {
  const body = JSON.stringify({ events: some.map((one) => one.text) });
  const sent = { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body };
  const answer = await fetch(localized(path), sent).catch(() => null);
  if (answer === null || BUSY.has(answer.status)) return [];
  const found = await told(answer).catch((error) => {
    if (answer.ok) return null; // cut off in the middle
    throw error;
  });
  return found?.results ?? [];
}

// So long, or until the network is back or somebody stops it.
function pause(ms, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      window.removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    window.addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}
