// What the import shows: problems at their cells, the first events in words, how far it is, what became of each.

import { element, find, localized, show, words } from "./page.js";

const LISTED = 200;
const LISTED_GOOD = 20;

export const told = (name, facts) => words()[name].replace(/{(\w+)}/g, (_, fact) => (typeof facts[fact] === "number" ? facts[fact].toLocaleString() : facts[fact]));

export function focusOn(section, moving = true) {
  for (const one of ["unfinished", "choose", "columns", "problems", "review", "running", "done"]) show(one, one === section);
  show("busy", false);
  show("problem", false);
  if (moving) find(`${section}-title`).focus();
}

const rowsOf = (rows) => (rows.length > 1 ? `${rows[0]}–${rows.at(-1)}` : String(rows[0]));

export function showProblems({ rows, wrong, problems }) {
  const shown = Math.min(problems.length, LISTED);
  find("problems-told").textContent = told(shown < wrong ? "problems_shown" : "problems", { wrong, rows, shown });
  find("problems-rows").replaceChildren(...problems.slice(0, LISTED).map(problemRow));
  focusOn("problems");
}

function problemRow({ row, column, header, value, rule, detail, remedy }) {
  const line = element("tr");
  const place = element("th", column ? `${column}${row}` : told("row", { row }), { scope: "row" });
  if (header) place.append(element("br"), element("span", header, { class: "small" }));
  const wrong = element("td");
  wrong.append(element("p", `${detail} ${remedy}`), element("code", rule, { class: "small" }));
  line.append(place, element("td", value), wrong);
  return line;
}

export function showReview({ title, rows, count, preview, drafts }) {
  find("review-told").textContent = told("review", { count, rows, title });
  find("previews").replaceChildren(...preview.map((one, at) => previewOf(one, drafts[at])));
  focusOn("review");
}

function previewOf({ rows, items, told: lines }, { data, restricted, prev }) {
  const made = element("article", "", { class: "preview" });
  const list = element("dl", "", { class: "facts" });
  for (const [name, value] of [[words().items, items.join(", ")], ...lines]) {
    const line = element("div");
    line.append(element("dt", name), element("dd", value));
    list.append(line);
  }
  const exact = element("details");
  const code = element("pre", "", { tabindex: "0" });
  code.append(element("code", JSON.stringify({ data, ...restricted, prev }, null, 1)));
  exact.append(element("summary", words().exact), code);
  made.append(element("h3", rows.length > 1 ? told("rows", { rows: rowsOf(rows) }) : told("row", { row: rows[0] })), list, exact);
  return made;
}

// A bar for the eye, and a sentence that is spoken no more often than it says something new.
export function showProgress(sentence, done, all) {
  const bar = find("bar");
  bar.max = all;
  bar.value = done;
  if (find("bar-told").textContent !== sentence) find("bar-told").textContent = sentence;
}

export function showOutcome({ head, entries }, moving) {
  const logged = entries.filter(({ result }) => ["logged", "duplicate"].includes(result.result));
  find("done-told").textContent = told("done", { file: head.file, done: logged.length, all: entries.length });
  const bad = entries.filter((one) => !logged.includes(one));
  const listed = [...bad.slice(0, LISTED), ...logged.slice(0, LISTED_GOOD)];
  find("done-rows").replaceChildren(...listed.map(outcomeRow));
  show("done-more", entries.length > listed.length).textContent = told("more", { count: entries.length - listed.length });
  focusOn("done", moving);
}

function outcomeRow({ id, rows, result }) {
  const line = element("tr");
  const outcome = element("td", words()[result.result], result.result === "refused" ? { class: "refused" } : {});
  if (result.problem) outcome.append(element("p", `${result.problem.detail} ${result.problem.remedy}`));
  const entry = element("td", "", { class: "num" });
  if (result.index !== undefined && result.index !== null) entry.append(element("a", result.index.toLocaleString(), { href: localized(`/e/${id}`) }));
  line.append(element("th", rowsOf(rows), { scope: "row" }), outcome, entry);
  return line;
}
