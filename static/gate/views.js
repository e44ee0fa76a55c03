// The views of the gate, each drawn from what the device keeps.

import { codeOf } from "./code.js";
import { counted, scansOf, statedOf } from "./loads.js";
import { byId, element, fill, tell } from "./page.js";
import { typedOf, weigh } from "./weights.js";
import { LANG, has, kilograms, orgName, say, sayCounted, sentences, when } from "./words.js";

// How many scans stand in the open, so that scales and check list are near however long the load is.
const NEWEST = 5;

export async function drawStrip({ db, load, list }) {
  byId("current").hidden = load === null;
  if (load === null) return null;
  const counts = counted(load, await scansOf(db, load.id));
  tell("current", sayCounted("load.strip", counts, { by: sender(load, list) }));
  return counts;
}

function sender(load, list) {
  if (load.by === null) return say("load.unannounced");
  return orgName(list?.organisations.find((one) => one.id === load.by.id)) || load.by.id;
}

export async function drawLoads({ db, list, enrolled }, begin) {
  const org = enrolled?.org ? orgName(enrolled.org) : "";
  const loads = list?.loads ?? [];
  tell("loads-hint", say(enrolled === null ? "loads.hint_device" : loads.length ? "loads.hint" : "loads.hint_none", { org }));
  const open = (await db.all("loads")).filter((one) => one.state === "open");
  const scans = await db.all("scans");
  const rows = loads.map((load) => {
    const begun = open.find((one) => one.consignment === load.consignment);
    const said = begun ? ` · ${say("loads.begun", { count: scans.filter((one) => one.load === begun.id).length })}` : "";
    return choice(say("loads.from", { count: load.items.length, by: sender(load, list) }), `${when(Date.parse(load.offered_at))}${said}`, () => begin(load));
  });
  for (const load of open.filter((one) => one.by === null)) {
    const count = scans.filter((one) => one.load === load.id).length;
    rows.push(choice(say("loads.unannounced"), say("loads.begun", { count }), () => begin({ consignment: load.consignment })));
  }
  fill("load-list", rows);
}

function choice(title, small, act) {
  return element("li", {}, element("button", { type: "button", onclick: act }, element("b", {}, title), element("span", { class: "small" }, small)));
}

export async function drawLoad({ db, load, list, enrolled, signing }, drop) {
  const scans = await scansOf(db, load.id);
  const stated = (await statedOf(db, load.id)).scans;
  const counts = counted(load, scans);
  const { expected, arrived, missing, extra } = counts;
  tell("mend-said", load.mends ? sentences(say("load.mend"), ...problemText(load.mends)) : "");
  tell("load-by", load.by === null ? say("load.unannounced") : say("load.by", { by: sender(load, list) }));
  tell("load-count", String(expected ? arrived : extra));
  tell("load-said", sayCounted("load.said", counts));
  Object.assign(byId("load-progress"), { max: Math.max(expected, 1), value: arrived });
  const rows = scans.map((one) => scanRow(one, stated.has(one.id) ? null : drop)).reverse();
  fill("load-rows", rows.slice(0, NEWEST));
  fill("more-rows", rows.slice(NEWEST));
  byId("more-scans").hidden = rows.length <= NEWEST;
  tell("more-count", String(Math.max(0, rows.length - NEWEST)));
  tell("missing-count", String(missing.length));
  fill("missing-rows", missing.map((item) => element("li", {}, element("code", {}, codeOf(item)))));
  drawForm(load);
  const isWeighed = drawWeights(typedOf(load));
  const why = scans.length === 0 ? "sign_empty" : !enrolled?.active ? "sign_not" : isWeighed ? "sign_hint" : "sign_weight";
  byId("finish").disabled = why !== "sign_hint" || signing;
  tell("sign-hint", say(`load.${why}`, { org: orgName(enrolled?.org) }));
}

function drawForm(load) {
  // What somebody is typing in is not drawn over.
  for (const [field, text] of Object.entries(typedOf(load))) if (document.activeElement !== byId(field)) byId(field).value = text;
  byId("checked").checked = load.checked === true;
  byId("check-items").hidden = load.checked !== true;
  for (const box of document.querySelectorAll("[name=yes]")) box.checked = load.yes.includes(box.value);
  byId("from").value = load.from;
}

// Says what is weighed, or what is wrong and in which field; returns whether it can be signed.
function drawWeights(typed) {
  const { gross_g, tare_g, wrong } = weigh(typed);
  const fields = wrong?.fields ?? [];
  for (const field of Object.keys(typed)) byId(field).setAttribute("aria-invalid", String(fields.includes(field)));
  const told = new Intl.ListFormat(LANG).format(fields.map((field) => say("load.typed", { field: say(`load.${field}`), text: typed[field].trim() })));
  tell("weigh-wrong", wrong === null ? "" : say(`load.wrong_${wrong.why}`, { fields: told }));
  tell("net-mass", gross_g === null ? "" : say("load.net", { mass: kilograms(gross_g - tare_g) }));
  return wrong === null;
}

function scanRow(scan, drop) {
  const told = scan.item === null ? say("load.no_item", { raw: scan.raw.slice(0, 40) }) : codeOf(scan.item);
  // What is stated already stays: the ledger has it, or will.
  const remove = drop && element("button", { type: "button", class: "drop", "aria-label": say("load.drop", { code: told }), onclick: () => drop(scan) }, "✕");
  const word = element("span", { class: "small" }, element("b", {}, say(`answer.${scan.answer}`)), ` · ${say(`verdict.${scan.level}`)}`);
  return element("li", { "data-level": scan.level }, element("div", {}, element("code", {}, told), word), remove);
}

export async function drawWaiting({ db, syncing, said }, { mend, settle }) {
  const rows = (await db.all("outbox")).sort((one, other) => other.made - one.made || other.order - one.order);
  const waiting = rows.filter((one) => one.state === "waiting").length;
  const logged = rows.filter((one) => one.state === "logged").length;
  const refused = rows.filter((one) => one.state === "refused").length;
  const conflicts = (await db.all("scans")).filter((one) => one.act === "conflict");
  // What somebody has to see to counts as well.
  tell("waiting-count", String(waiting + refused + conflicts.length || ""));
  const counts = rows.length ? say("waiting.said", { waiting, logged }) : say("waiting.none");
  const failed = refused ? say("waiting.said_refused", { refused }) : "";
  const last = navigator.onLine ? said : say("waiting.offline");
  tell("waiting-said", syncing ? say("waiting.syncing") : sentences(last, counts, failed));
  byId("signed").hidden = rows.length === 0;
  fill("outbox-rows", rows.slice(0, 100).map((row) => outboxRow(row, mend)));
  byId("conflicts").hidden = conflicts.length === 0;
  fill("conflict-rows", conflicts.map((one) => conflictRow(one, settle)));
}

function outboxRow(row, mend) {
  const state = say(`waiting.state_${row.state}`, { index: row.index });
  const title = say(`waiting.kind_${row.kind}`, { count: row.items.length });
  const told = row.problem === null ? [] : problemText(row.problem).map((text) => element("p", {}, text));
  const anew = row.kind === "intake" && row.state === "refused";
  const button = anew ? element("button", { type: "button", onclick: () => mend(row.load) }, say("waiting.mend")) : null;
  return element("li", { "data-state": row.state }, element("div", {}, element("b", {}, title), element("span", { class: "small" }, `${when(row.made)} · ${state}`), ...told, button ?? ""));
}

function conflictRow(scan, settle) {
  const told = problemText(scan.problem).map((text) => element("p", {}, text));
  const button = (name, act) => element("button", { type: "button", onclick: () => settle(scan, act) }, say(`waiting.${name}`));
  const buttons = element("div", { class: "pair" }, button("retry", null), button("settled", "settled"));
  return element("li", { "data-level": "stop" }, element("div", {}, element("code", {}, codeOf(scan.item)), ...told, buttons));
}

// What is wrong and what to do: the ledger's own words, or those of the gate.
function problemText({ rule, title, detail, remedy }) {
  const own = rule.startsWith("gate.") ? rule.slice(5) : null;
  if (own !== null && has(`conflict.${own}`)) return [say(`conflict.${own}`), say(`conflict.${own}_remedy`)];
  return [detail ?? title ?? rule, remedy].filter(Boolean);
}

export async function drawDevice({ db, device, list, enrolled, refused }, deviceCode, trustAnew) {
  const org = orgName(enrolled?.org) || enrolled?.key.org;
  const state = enrolled === null ? "not_enrolled" : enrolled.active ? "enrolled" : "ended";
  if (device !== null) {
    tell("device-said", say(`device.${state}`, { org }));
    const code = await deviceCode(device.jwk);
    tell("device-code", code);
    tell("device-command", `packtrace device enrol ${code} --key ADMIN.pem --url ${location.origin}`);
    if (navigator.onLine && enrolled === null) byId("device-qr").src = `/scan/device/${code}.svg`;
    byId("device-qr").hidden = !navigator.onLine;
    tell("device-kid", device.kid);
  }
  byId("enrol").hidden = enrolled !== null || device === null;
  await drawSites(db, enrolled);
  tell("list-said", list === null ? say("device.list_none") : listText(list));
  const pinned = (await db.get("kept", "vkey")) ?? null;
  tell("log-key", pinned === null ? say("device.list_none") : pinned);
  const offered = refused?.offered ?? null;
  byId("other-key").hidden = offered === null;
  tell("offered-key", offered ?? "");
  byId("trust").onclick = () => trustAnew(offered);
}

async function drawSites(db, enrolled) {
  const sites = enrolled?.org?.sites ?? [];
  byId("place").hidden = sites.length === 0;
  fill("site", [element("option", { value: "" }, enrolled?.org?.district ?? ""), ...sites.map((one) => element("option", { value: one.site }, say("device.site_in", one)))]);
  byId("site").value = (await db.get("kept", "site")) ?? "";
}

function listText(list) {
  const number = (value) => new Intl.NumberFormat(LANG).format(value);
  const told = say("device.list_said", {
    when: when(Date.parse(list.date)),
    keys: number(list.keys.length),
    loads: number(list.loads.length),
    flagged: number(Object.keys(list.flagged).length),
    ended: number(list.ended.length / 8),
    size: number(list.size),
  });
  return list.complete ? told : say("device.list_cut", { told });
}
