// The gate: what is on the device, what is scanned, what is signed. Each view is drawn from what is kept.

import { drawAnswer, drawChoice, drawCounted, openAnswer } from "./answer.js";
import { alike, check, isHalf } from "./check.js";
import { deviceCode, enrolment, ownKey } from "./device.js";
import { listenToScanner } from "./keyboard.js";
import { AwayError, Problem } from "./ledger.js";
import { addScan, finishLoad, mendLoad, startLoad } from "./loads.js";
import { byId, element, fill, showView, tell, viewOf } from "./page.js";
import { drawDevice, drawLoad, drawLoads, drawStrip, drawWaiting } from "./views.js";
import { openSound } from "./signals.js";
import { openStore } from "./store.js";
import { RefusedListError } from "./note.js";
import { keepPhoto, sync } from "./sync.js";
import { Viewfinder } from "./viewfinder.js";
import { weigh } from "./weights.js";
import { LANG, say, when } from "./words.js";

const HALF_MS = 20_000;
const SYNC_MS = 5 * 60_000;

const gate = { db: null, device: null, list: null, enrolled: null, load: null, half: null, shown: null, signing: false, syncing: false, again: false, refused: null };
const viewfinder = new Viewfinder(scanned);

async function start() {
  if (!isSecureContext) return tell("told", say("app.insecure"));
  listen();
  registerWorker();
  gate.db = await openStore();
  gate.list = (await gate.db.get("kept", "list")) ?? null;
  try {
    gate.device = await ownKey(gate.db);
  } catch (error) {
    tell("device-said", say("device.no_key", { reason: error.message }));
  }
  await navigator.storage?.persist?.().catch(() => false);
  await refresh();
  await route();
  document.documentElement.dataset.ready = "yes";
  await synchronise();
  return setInterval(synchronise, SYNC_MS);
}

function registerWorker() {
  navigator.serviceWorker
    ?.register("/scan/worker.js", { scope: "/scan" })
    .then(() => navigator.serviceWorker.ready)
    .then(() => (document.documentElement.dataset.kept = "yes"))
    .catch((error) => console.warn("no worker:", error.message));
}

async function refresh() {
  gate.enrolled = gate.device === null ? null : enrolment(gate.list, gate.device.kid, Date.now());
  const open = (await gate.db.all("loads")).filter((one) => one.state === "open");
  gate.load = open.find((one) => one.id === gate.load?.id) ?? open.at(-1) ?? null;
  const list = gate.list ? say("app.synced", { when: when(Date.parse(gate.list.date)) }) : say("app.never");
  tell("net", `${say(navigator.onLine ? "app.online" : "app.offline")} · ${list}`);
  byId("net").dataset.state = navigator.onLine ? "online" : "offline";
  tell("refused-list", gate.refused === null ? "" : say(`refused.${gate.refused.reason}`));
  await drawStrip(gate);
  await drawWaiting(gate, { mend, settle });
}

async function route() {
  const view = viewOf(location.hash);
  // Nothing is read, and counted, that nobody holds up to be scanned.
  viewfinder.show(view === "scan");
  if (view === "loads") await drawLoads(gate, begin);
  if (view === "load") {
    const found = await gate.db.get("loads", location.hash.split("=")[1]);
    if (found === undefined || found.state !== "open") return go("loads");
    gate.load = found;
    await drawLoad(gate, drop);
  }
  if (view === "device") await drawDevice(gate, deviceCode, trustAnew);
  return showView(view);
}

const go = (view) => {
  if (location.hash === `#${view}`) route();
  else location.hash = `#${view}`;
};

// Scanning

let turn = Promise.resolve();

// One scan after the other, however fast they come: two of one battery must not miss each other.
function scanned(raw) {
  turn = turn.then(() => answer(raw)).catch((error) => tell("told", String(error)));
  return turn;
}

async function answer(raw) {
  tell("told", "");
  byId("guesses").hidden = true;
  const text = joined(raw);
  if (text === null) return;
  const isOnline = navigator.onLine;
  const own = gate.enrolled?.key.org ?? null;
  const found = await check(text, { list: gate.list, own, lang: LANG, now: Date.now(), isOnline });
  if (found.item === null) await unread(text, isOnline);
  else await show(text, found);
}

// Two marks of one code, scanned one after the other; null where the other half is still to come.
function joined(raw) {
  const before = gate.half;
  gate.half = null;
  if (!isHalf(raw)) return raw;
  if (before !== null && before.text !== raw && Date.now() - before.at < HALF_MS) return `${before.text} ${raw}`;
  if (raw.trim().length > 14 || raw.includes("?")) return raw;
  gate.half = { text: raw, at: Date.now() };
  tell("told", say("scan.half", { text: raw }));
  return null;
}

async function unread(text, isOnline) {
  const codes = await alike(text, { list: gate.list, lang: LANG, isOnline });
  byId("guesses").hidden = codes.length === 0;
  fill("guess-list", codes.map((code) => element("li", {}, element("button", { type: "button", onclick: () => scanned(code) }, code))));
  if (codes.length) byId("guess-list").querySelector("button").focus();
  else tell("told", say("scan.unreadable"));
  if (gate.load !== null && codes.length === 0) await note(text, { item: null, answer: { level: "look", reasons: [] } });
}

async function note(raw, { item, answer }, photo = null) {
  const { level, reasons } = answer;
  const told = await addScan(gate.db, gate.load, { raw, item, level, reasons, now: Date.now(), photo });
  return { ...told, counts: await drawStrip(gate) };
}

async function show(raw, found) {
  viewfinder.pause(true);
  drawAnswer(found, gate.list);
  gate.shown = null;
  byId("answer-load").hidden = gate.load === null;
  if (gate.load !== null) {
    const { scan, again, counts } = await note(raw, found);
    gate.shown = scan;
    drawCounted(counts, again);
    drawChoice(gate.load, scan);
  }
  openAnswer(found.answer.level);
}

async function answered() {
  if (gate.shown === null) return;
  const [answer, condition, reason] = ["choice", "condition", "reason"].map((name) => byId(`answer-${name}`).value);
  gate.shown = { ...gate.shown, answer, condition, reason };
  await gate.db.put("scans", gate.shown);
  drawChoice(gate.load, gate.shown);
}

// Loads

async function begin(announced) {
  const open = (await gate.db.all("loads")).filter((one) => one.state === "open");
  const before = announced && open.find((one) => one.consignment === announced.consignment);
  if (before) await grow(before, announced.items ?? []);
  gate.load = before ?? (await startLoad(gate.db, { announced, now: Date.now() }));
  await drawStrip(gate);
  go(`load=${gate.load.id}`);
}

// The sender may have announced more of a load since it was begun.
async function grow(load, items) {
  load.expected = [...new Set([...load.expected, ...items])];
  await gate.db.put("loads", load);
}

async function drop(scan) {
  await gate.db.write([{ store: "scans", remove: scan.id }]);
  await drawLoad(gate, drop);
}

async function mend(id) {
  gate.load = (await mendLoad(gate.db, id)) ?? gate.load;
  await refresh();
  go(`load=${id}`);
}

// A conflict is over: the act is made at the next synchronisation after all, or somebody has dealt with it.
async function settle(scan, act) {
  await gate.db.put("scans", { ...scan, act, problem: act === null ? null : scan.problem });
  await drawWaiting(gate, { mend, settle });
  if (act === null) await synchronise();
}

// Returns what is wrong with the weight (weights.js), or null.
async function keepLoad() {
  const yes = [...document.querySelectorAll("[name=yes]:checked")].map((box) => box.value);
  const checked = byId("checked").checked ? true : null;
  const typed = { gross: byId("gross").value, tare: byId("tare").value };
  const { gross_g, tare_g, wrong } = weigh(typed);
  gate.load = { ...gate.load, typed, gross_g, tare_g, checked, yes: checked ? yes : [], from: byId("from").value };
  await gate.db.put("loads", gate.load);
  return wrong;
}

async function changed() {
  await keepLoad();
  await drawLoad(gate, drop);
}

async function finish() {
  gate.signing = true;
  byId("finish").disabled = true;
  await turn;
  const left = await signLoad().catch((error) => error);
  gate.signing = false;
  if (left !== null) {
    await drawLoad(gate, drop);
    return left instanceof Error ? tell("sign-hint", say("load.sign_failed", { reason: left.message })) : byId(left.fields[0]).focus();
  }
  gate.load = null;
  await refresh();
  go("waiting");
  return synchronise();
}

// Returns null once it is signed, else what is wrong with the weight.
async function signLoad() {
  const wrong = await keepLoad();
  if (wrong !== null) return wrong;
  const { key, org } = gate.enrolled;
  const district = org.district;
  const site = (await gate.db.get("kept", "site")) ?? "";
  const named = org.sites?.find((one) => one.site === site);
  const place = named ? { district: named.district, site } : { district };
  await finishLoad(gate.db, gate.load, { signer: gate.device, org: key.org, place, list: gate.list, now: Date.now() });
  return null;
}

async function takePhoto() {
  if (gate.load === null) return tell("told", say("scan.photo_no_load"));
  const hash = await keepPhoto(gate.db, await viewfinder.photo());
  await note(byId("code").value || "?", { item: null, answer: { level: "look", reasons: [] } }, hash);
  byId("code").value = "";
  return tell("told", say("scan.photo_kept"));
}

// Synchronising

async function synchronise() {
  // What was signed while another synchronisation runs goes out right behind it.
  gate.again = gate.syncing;
  if (gate.syncing || !navigator.onLine || gate.device === null) return;
  gate.syncing = true;
  tell("waiting-said", say("waiting.syncing"));
  try {
    await sync({ db: gate.db, signer: gate.device, kid: gate.device.kid, lang: LANG, now: Date.now });
    gate.refused = null;
    gate.said = say("waiting.done");
  } catch (error) {
    if (error instanceof RefusedListError) {
      gate.refused = error;
      gate.said = say(`refused.${error.reason}`);
    } else if (error instanceof AwayError) gate.said = say("waiting.away");
    else if (error instanceof Problem) gate.said = say("waiting.failed", { detail: error.message });
    else throw error;
  } finally {
    gate.syncing = false;
    gate.list = (await gate.db.get("kept", "list")) ?? null;
    await refresh();
    // What somebody is typing or choosing in a load is not drawn over.
    if (viewOf(location.hash) !== "load") await route();
    document.documentElement.dataset.synced = String(Number(document.documentElement.dataset.synced ?? 0) + 1);
  }
  if (gate.again) await synchronise();
}

// The log has another key than the one that this device holds to: a person compares, and says so.
async function trustAnew(vkey) {
  await gate.db.put("kept", vkey, "vkey");
  await synchronise();
}

function listen() {
  const on = (id, event, act) => byId(id).addEventListener(event, act);
  for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, openSound);
  listenToScanner(document, (raw) => {
    if (byId("answer").open) byId("answer").close();
    if (viewOf(location.hash) !== "scan") go("scan");
    scanned(raw);
  });
  on("typed", "submit", (event) => {
    event.preventDefault();
    const typed = byId("code").value.trim();
    byId("code").value = "";
    if (typed) scanned(typed);
  });
  on("camera", "click", () => viewfinder.switch());
  on("torch", "click", () => viewfinder.light());
  on("photo", "click", takePhoto);
  on("next", "click", () => byId("answer").close());
  on("answer", "close", () => viewfinder.pause(false));
  for (const name of ["choice", "condition", "reason"]) on(`answer-${name}`, "change", answered);
  on("current", "click", () => go(`load=${gate.load.id}`));
  on("unannounced", "click", () => begin(null));
  on("go-on", "click", () => go("scan"));
  on("finish", "click", finish);
  on("view-load", "change", changed);
  // What is wrong is told once it is typed, and taken back with the key that puts it right.
  on("weigh", "input", () => byId("weigh-wrong").hidden || changed());
  on("sync", "click", synchronise);
  on("refresh", "click", synchronise);
  on("site", "change", () => gate.db.put("kept", byId("site").value, "site"));
  window.addEventListener("hashchange", route);
  window.addEventListener("online", async () => {
    await refresh();
    await synchronise();
  });
  window.addEventListener("offline", refresh);
}

start();
