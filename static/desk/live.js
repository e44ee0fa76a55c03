// The log as it grows, on the dashboard: one request that waits for the next entry, and none while nobody looks.

import { find, settings, show, words } from "./page.js";

const WAIT_S = 25;
const REST_MS = 2_000;
const LONGEST_MS = 60_000;
const first = Number(settings().size);
let [size, last, rest] = [first, null, REST_MS];

const filled = (text, facts) => text.replace(/{(\w+)}/g, (_, name) => facts[name]);

// So long, or until the network is back.
function later(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    window.addEventListener("online", resolve, { once: true });
  });
}

function looking() {
  if (document.visibilityState === "visible") return null;
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

async function json(path) {
  const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

async function witnesses() {
  const told = await json("/readyz");
  if (told === null || told.cosigned === undefined) return "";
  const waiting = Math.max(0, size - (told.cosigned ?? 0));
  const parts = [filled(waiting ? words().uncosigned : words().cosigned, { waiting: waiting.toLocaleString() })];
  if (told.witnesses_down.length) parts.push(filled(words().down, { names: told.witnesses_down.join(", ") }));
  return parts.join(" ");
}

async function tell(connected) {
  show("desk");
  find("live-size").textContent = size.toLocaleString();
  find("live-new").textContent = size === first ? words().none : filled(words().grown, { count: (size - first).toLocaleString(), at: last.toLocaleTimeString() });
  find("desk").dataset.state = connected ? "on" : "off";
  find("live-state").textContent = connected ? await witnesses() : words().lost;
}

// The ledger answers as soon as there is an entry; where it has no place to wait in, or is away, this asks more rarely.
async function follow() {
  await tell(true);
  for (let wait = WAIT_S; ; ) {
    await looking();
    const told = await json(`/v1/events?after=${size - 1}&limit=1&wait=${wait}`);
    wait = told === null ? 0 : WAIT_S; // what was lost is asked for at once
    rest = told === null ? Math.min(LONGEST_MS, rest * 2) : REST_MS;
    if (told !== null && told.size > size) [size, last] = [told.size, new Date()];
    await tell(told !== null);
    await later(rest);
  }
}

follow();
