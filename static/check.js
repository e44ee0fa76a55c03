// "Check it on this device": fetches an item's dossier, or what the index says of an unknown code, and verifies it here,
// with our own module, which comes when it is first asked for: few of those who read a page check it. Words are the
// page's own, hidden until a check has said which of them holds.

const DAY_S = 86400;
const BEHIND_DAYS = 2; // an index is published daily
const PINNED = "packtrace-trust";
const place = document.getElementById("check");
const part = (id) => document.getElementById(id);
const show = (element, shown = true) => element.toggleAttribute("hidden", !shown);

async function textOf(address, progress = () => {}) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const [all, parts, reader] = [Number(answer.headers.get("Content-Length")), [], answer.body.getReader()];
  for (let size = 0, one = await reader.read(); !one.done; one = await reader.read()) {
    parts.push(one.value);
    size += one.value.length;
    if (all) progress(Math.min(1, size / all));
  }
  return new Blob(parts).text();
}

// Half of the way is fetching the file, the other half checking it.
const moved = (share) => {
  part("check-bar").value = share;
};

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

/** Whether the events on this page are those of the file, in its order and up to its last. */
function pageShows(history) {
  const list = document.querySelector(".timeline");
  const shown = [...list.children].map(({ id }) => id);
  const told = history.slice(list.start - 1, list.start - 1 + shown.length);
  const count = Number(list.dataset.count);
  const differs = told.some((id, at) => id !== shown[at]) || history.length > count;
  if (differs) return { verdict: "failed", reason: "differs" };
  return history.length < count ? { verdict: "unknown", reason: "newer" } : { verdict: "ok" };
}

// What a plain reader cannot know is excused: sealed claims, what is newer, and witnesses where the log has none.
function outcomeOf(checks, policy) {
  const found = Object.entries(checks);
  const excused = ["disclosed", "fresh", ...(policy === null ? ["witnessed"] : [])];
  if (found.some(([, one]) => one.verdict === "failed")) return "failed";
  return found.some(([name, one]) => one.verdict !== "ok" && !excused.includes(name)) ? "open" : "held";
}

function tell(checks) {
  const reasons = [];
  for (const [name, { verdict, reason, ...facts }] of Object.entries(checks)) {
    const row = place.querySelector(`[data-check="${name}"]`);
    if (row === null) continue;
    row.className = verdict;
    const all = [...row.querySelectorAll(`[data-verdict="${verdict}"]`)];
    const words = all.find((one) => one.dataset.reason === reason) ?? all[0];
    for (const one of row.querySelectorAll("[data-verdict]")) show(one, one === words);
    if (verdict !== "ok") reasons.push(`${name}: ${[reason, ...Object.values(facts)].join(" ")}`);
  }
  part("check-facts").querySelector("code").textContent = reasons.join("; ");
  show(part("check-facts"), reasons.length > 0);
  show(place.querySelector(".checks"));
}

// A sentence of the page with its facts, where there are any.
function say(id, facts) {
  show(part(id), facts !== null);
  const text = part(id).dataset.text;
  part(id).textContent = facts === null ? "" : text.replace(/{(\w+)}/g, (place, name) => facts[name] ?? place);
}

const spoken = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
const dayOf = (seconds) => new Intl.DateTimeFormat(spoken, { dateStyle: "long" }).format(seconds * 1000);
const timeOf = (seconds) =>
  new Intl.DateTimeFormat(spoken, { dateStyle: "long", timeStyle: "short" }).format(seconds * 1000);
const ago = (seconds) =>
  new Intl.RelativeTimeFormat(spoken, { numeric: "auto" }).format(-Math.floor(seconds / DAY_S), "day");

function date({ complete_to: size, published_ms: published, covered_ms: covered, checks: { fresh } }) {
  const { at_s: at, age_s: age } = fresh;
  const index = size === null ? null : { last: size - 1, day: dayOf(published / 1000) };
  const days = Math.floor((published - (covered ?? published)) / 1000 / DAY_S);
  say("check-complete", index && covered !== null ? { ...index, until: timeOf(covered / 1000) } : null);
  say("check-undated", covered === null ? index : null);
  say("check-behind", index && days >= BEHIND_DAYS ? { days } : null);
  say("check-fresh", age === undefined ? null : { day: dayOf(at), age: ago(age) });
}

function end(outcome) {
  show(part("check-busy"), false);
  for (const one of place.querySelectorAll("[data-outcome]")) show(one, one.dataset.outcome === outcome);
}

async function check() {
  show(part("check-result"));
  end(null);
  moved(0);
  show(part("check-busy"));
  show(place.querySelector(".checks"), false);
  show(part("check-facts"), false);
  show(part("check-pinned"), false);
  for (const id of ["check-complete", "check-undated", "check-behind", "check-fresh"]) say(id, null);
  try {
    const { checkAbsent, parseTrust, verifyDossier } = await import("./verify/dossier.js");
    const { parsePolicy } = await import("./verify/log.js");
    const { absent, item, dossier: file, trust: root, policy: named } = place.dataset;
    const [dossier, served] = await Promise.all([textOf(file, (share) => moved(share / 2)), textOf(root)]);
    const policy = named === undefined ? null : await parsePolicy(await textOf(named));
    const known = pinned(served.trim());
    const trust = await parseTrust(known.text);
    const [now, progress] = [Math.floor(Date.now() / 1000), (share) => moved((1 + share) / 2)];
    const found = await verifyDossier(dossier, { trust, policy, now, progress });
    const last = absent ? { absent: await checkAbsent(dossier, found, absent) } : { page: pageShows(found.history) };
    const checks = { ...found.checks, ...last };
    tell(checks);
    date(found);
    show(part("check-pinned"), known.new);
    if (!known.same) end("moved");
    else end(absent || found.items[0] === item ? outcomeOf(checks, policy) : "other");
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
