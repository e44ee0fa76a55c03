// "Check it on this device": fetches an item's dossier and verifies it here, with our own module. Words are the
// page's own, hidden until a check has said which of them holds.

import { parseTrust, verifyDossier } from "./verify/dossier.js";

const EXCUSED = new Set(["disclosed", "fresh", "witnessed"]);
const PINNED = "packtrace-trust";
const place = document.getElementById("check");
const part = (id) => document.getElementById(id);
const show = (element, shown = true) => element.toggleAttribute("hidden", !shown);

async function textOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.text();
}

/** What this device was first told to trust; whether the server says the same today. */
function pinned(trust) {
  try {
    const first = localStorage.getItem(PINNED);
    if (first === null) localStorage.setItem(PINNED, trust);
    return { text: first ?? trust, new: first === null, same: first === null || first === trust };
  } catch {
    return { text: trust, new: true, same: true }; // storage is closed to us: nothing to compare with
  }
}

function outcomeOf(checks) {
  const found = Object.entries(checks);
  if (found.some(([, one]) => one.verdict === "failed")) return "failed";
  return found.some(([name, one]) => one.verdict !== "ok" && !EXCUSED.has(name)) ? "open" : "held";
}

function tell(checks) {
  const reasons = [];
  for (const [name, { verdict, reason, ...facts }] of Object.entries(checks)) {
    const row = place.querySelector(`[data-check="${name}"]`);
    if (row === null) continue;
    row.className = verdict;
    for (const words of row.querySelectorAll("[data-verdict]")) show(words, words.dataset.verdict === verdict);
    if (verdict !== "ok") reasons.push(`${name}: ${[reason, ...Object.values(facts)].join(" ")}`);
  }
  part("check-facts").querySelector("code").textContent = reasons.join("; ");
  show(part("check-facts"), reasons.length > 0);
  show(place.querySelector(".checks"));
}

function end(outcome) {
  show(part("check-busy"), false);
  for (const one of place.querySelectorAll("[data-outcome]")) show(one, one.dataset.outcome === outcome);
}

async function check() {
  show(part("check-result"));
  end(null);
  show(part("check-busy"));
  show(place.querySelector(".checks"), false);
  show(part("check-facts"), false);
  show(part("check-pinned"), false);
  try {
    const [dossier, served] = await Promise.all([textOf(place.dataset.dossier), textOf(place.dataset.trust)]);
    const known = pinned(served.trim());
    const trust = await parseTrust(known.text);
    const { checks } = await verifyDossier(dossier, { trust, now: Math.floor(Date.now() / 1000) });
    tell(checks);
    show(part("check-pinned"), known.new);
    end(known.same ? outcomeOf(checks) : "moved");
  } catch {
    end("broken");
  }
}

part("check-start").addEventListener("click", async ({ currentTarget }) => {
  currentTarget.disabled = true;
  await check();
  currentTarget.disabled = false;
});
show(place.querySelector(".act"));
