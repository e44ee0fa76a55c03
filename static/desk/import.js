// The import of a table: uploaded with each step, mapped, checked there; signed here, and submitted from here.

import { addConstant, chosen, mapping, unanswered } from "./import-columns.js";
import { problemsOf, receiptsOf, reportOf, save } from "./import-files.js";
import { openJournal } from "./import-journal.js";
import { sendAll, sortOut } from "./import-send.js";
import { focusOn, showOutcome, showProblems, showProgress, showReview, told } from "./import-show.js";
import { deskKey } from "./key.js";
import { element, fail, find, localized, settings, show, words } from "./page.js";
import { signed } from "./sign.js";

const { csrf, kid } = settings();
const SOME = 25;
let journal = null;
let table = null;
let checked = null;
let stopping = null;

// The answer to a step, for which the table comes along; a problem is thrown in the server's words.
async function ask(step, parts) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ table, ...parts })) if (value) body.append(name, value);
  const answer = await fetch(localized(`/desk/import/${step}`), { method: "POST", headers: { Accept: "application/json", "X-CSRF-Token": csrf }, body });
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => null);
  throw Object.assign(new Error(found ? [found.detail, found.remedy].join(" ") : `HTTP ${answer.status}`), { problem: found });
}

async function readColumns(parts) {
  try {
    const answer = await ask("columns", parts);
    find("mapping").innerHTML = await answer.text(); // our own server's, which escapes what a table says
  } catch (error) {
    if (error.problem?.rule !== "import.sheet") throw error;
    return askSheet(error.problem.facts.sheets, parts);
  }
  find("event").addEventListener("change", ({ target }) => guarded(target, () => readColumns({ event: target.value, sheet: find("mapped").dataset.sheet })));
  find("add").addEventListener("click", addConstant);
  for (const row of find("mapped").querySelectorAll("tr[data-header]")) row.querySelector('[data-is="claim"]').addEventListener("change", () => chosen(row));
  focusOn("columns");
}

function askSheet(sheets, parts) {
  const choice = element("select", "", { id: "sheet" });
  choice.append(new Option("", ""), ...sheets.map((one) => new Option(one, one)));
  choice.addEventListener("change", () => guarded(choice, () => readColumns({ ...parts, sheet: choice.value })));
  const field = element("div", "", { class: "field", id: "import-sheet" });
  field.append(element("label", words().sheet, { for: "sheet" }), choice);
  find("import-sheet")?.remove();
  find("upload").append(field);
  choice.focus();
}

async function check() {
  const { claims, units } = unanswered();
  const open = claims[0] ?? units[0];
  if (open) {
    fail(claims.length ? words().choose_claim : words().choose_unit);
    return open.focus();
  }
  show("busy");
  const answer = await ask("check", { mapping: JSON.stringify(mapping()) });
  checked = await answer.json();
  if (checked.wrong) showProblems(checked);
  else showReview(checked);
}

// Only one tab of a browser works on the journal; the ledger would take each event once all the same.
function alone(act) {
  return navigator.locks.request("packtrace-import", { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new Error(words().other_tab);
    await journal.load();
    await act();
  });
}

// Every event is signed before the first is sent; what one builds on is known by then, though nothing is logged.
async function sign() {
  const key = await deskKey();
  if (key.kid !== kid) return fail(words().no_key);
  if (journal.head !== null) return rest(); // begun in another tab meanwhile
  const { drafts, event, title } = checked;
  focusOn("running");
  showProgress(told("signing", { done: 0, all: drafts.length }), 0, drafts.length);
  stopping = new AbortController();
  const ids = new Map();
  const entries = [];
  for (const { name, rows, at, prev, data, restricted } of drafts) {
    if (stopping.signal.aborted) return focusOn("review");
    const built = Object.fromEntries(Object.entries(prev).map(([item, tip]) => [item, ids.get(tip) ?? tip]));
    const { id, text } = await signed(key, { ...event, prev: built, data, at }, restricted);
    ids.set(name, id);
    entries.push({ id, rows, text });
    if (entries.length % SOME === 0) showProgress(told("signing", { done: entries.length, all: drafts.length }), entries.length, drafts.length);
  }
  await journal.begin({ file: table.name, title }, entries);
  await submit();
}

async function submit() {
  stopping = new AbortController();
  focusOn("running");
  progress(false);
  try {
    await sendAll(journal, stopping.signal, progress);
  } finally {
    stopping = null;
    rest();
  }
}

async function drop() {
  if (!window.confirm(told("drop", { left: journal.left.length }))) return;
  await sortOut(journal);
  rest();
}

function progress(waiting) {
  const all = journal.entries.length;
  const refused = journal.entries.filter((one) => one.result?.result === "refused").length;
  const facts = { done: journal.done - refused, all, refused, left: all - journal.done };
  showProgress(told(waiting ? "waiting" : refused ? "sending_refused" : "sending", facts), journal.done, all);
}

// What the page shows when nothing runs: the way to begin, to go on, or what became of it.
function rest(moving = true) {
  if (journal.head === null) return focusOn("choose", moving);
  const { head, entries, left } = journal;
  if (left.length === 0) return showOutcome({ head, entries }, moving);
  find("unfinished-told").textContent = told("unfinished", { file: head.file, title: head.title, all: entries.length, left: left.length });
  focusOn("unfinished", moving);
}

async function guarded(control, act) {
  show("problem", false);
  if (control) control.disabled = true;
  try {
    await act();
  } catch (error) {
    show("busy", false);
    fail(error instanceof TypeError ? words().offline : error.message);
  } finally {
    if (control) control.disabled = false;
  }
}

const onClick = (id, act) => find(id).addEventListener("click", ({ currentTarget }) => guarded(currentTarget, act));

async function start() {
  journal = await openJournal().catch(() => null);
  if (journal === null) return fail(words().no_store);
  find("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    [table] = find("table").files;
    guarded(event.submitter, () => readColumns({ mapping: find("known").files[0] }));
  });
  find("mapping").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(event.submitter, check);
  });
  find("corrected").addEventListener("change", ({ target }) => {
    if (!target.files.length) return;
    [table] = target.files;
    guarded(target, check);
    target.value = "";
  });
  onClick("problems-save", async () => save(`${table.name}.problems.csv`, problemsOf(checked.problems)));
  onClick("mapping-save", async () => save(`${table.name}.${checked.event.event}.toml`, checked.mapping, "application/toml"));
  onClick("report-save", async () => save(`${journal.head.file}.report.csv`, reportOf(journal.entries)));
  onClick("receipts-save", async () => save(`${journal.head.file}.receipts.json`, receiptsOf(journal.entries), "application/json"));
  for (const id of ["change", "remap"]) onClick(id, async () => focusOn("columns"));
  onClick("sign", () => alone(sign));
  onClick("resume", () => alone(submit));
  onClick("drop", () => alone(drop));
  onClick("new", () =>
    alone(async () => {
      await journal.clear();
      location.reload();
    }),
  );
  find("stop").addEventListener("click", () => {
    stopping?.abort();
    find("bar-told").textContent = words().stopping;
  });
  rest(false);
}

start();
