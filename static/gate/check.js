// From what was scanned to an answer: read it, check its label, ask the ledger where there is a network, judge.

import { LEAST_READ, codeOf, guesses, interpret } from "./code.js";
import { judge } from "./judge.js";
import { checkLabel } from "./label.js";
import { ask, slim } from "./ledger.js";

const PATIENCE_MS = 2500;

// {item, answer, label, scan, online}; `item` is null where the scan names nothing.
export async function check(raw, { list, own, lang, now, ask: ask_ = ask, isOnline }) {
  const scan = interpret(raw);
  const fresh = isOnline ? await fromLedger(ask_, raw, lang) : null;
  const item = fresh?.id ?? bestOf(scan.items, list);
  if (item === null || item.startsWith("org:")) return { item: null, scan, online: fresh !== null };
  const label = await labelOf(scan.label, list);
  const known = fresh?.state ? slim(fresh) : fresh === null ? (list?.items[item] ?? null) : null;
  const answer = await judge({ item, label, known, list, own, now, online: fresh !== null });
  return { item, scan, label, answer, known, online: fresh !== null };
}

async function fromLedger(ask_, raw, lang) {
  try {
    const body = JSON.stringify({ items: [raw] });
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await ask_("/v1/items/lookup", { method: "POST", body, headers, lang, signal })).items[0];
  } catch {
    return null;
  }
}

function bestOf(items, list) {
  const known = items.find((one) => list?.items[one] || list?.flagged[one] || list?.loads.some((load) => load.items.includes(one)));
  return known ?? items[0] ?? null;
}

async function labelOf(url, list) {
  if (url === null || url.token === null) return null;
  if (list !== null && url.origin !== list.base_url.toUpperCase()) return { verdict: "foreign", facts: null, key: null };
  return checkLabel(url, list?.keys ?? []);
}

// Codes that look like what was typed: of the list, and of the ledger where there is a network.
export async function alike(typed, { list, lang, ask: ask_ = ask, isOnline }) {
  const near = guesses(typed, [...new Set([...Object.keys(list?.items ?? {}), ...Object.keys(list?.flagged ?? {})])].map(codeOf));
  if (!isOnline || typed.replace(/[^0-9A-Za-z]/g, "").length < LEAST_READ) return near.map((one) => one.code);
  try {
    const query = new URLSearchParams({ pattern: typed.replace(/[^0-9A-Za-z?]/g, ""), limit: "5" });
    const found = await ask_(`/v1/items?${query}`, { lang, signal: AbortSignal.timeout(PATIENCE_MS) });
    return [...new Set([...near.map((one) => one.code), ...found.items.map((one) => one.code)])].slice(0, 6);
  } catch {
    return near.map((one) => one.code);
  }
}

// Half of a code, as it stands on one of two marks.
export function isHalf(raw) {
  const plain = raw.trim().replace(/[^0-9A-Za-z]/g, "");
  return plain.length >= 5 && plain.length <= 19 && plain.length === raw.trim().length && interpret(raw).items.length === 0;
}
