// The mapping as people changed it on the page: the same members that the file has (docs/import.md).

import { find } from "./page.js";

const parts = (row, name) => row.querySelector(`[data-is="${name}"]`);
const told = (row) => parts(row, "claim").selectedOptions[0].dataset;
const unitOf = (row) => told(row).unit ?? "";

// Another claim has other units, and what was kept for the claim before does not go with it.
export function chosen(row) {
  const choices = parts(row, "unit");
  const units = JSON.parse(find("mapped").dataset.units)[unitOf(row)] ?? [];
  choices.replaceChildren(choices.options[0], ...units.map((one) => new Option(one, one)));
  choices.hidden = units.length === 0;
  if (units.length === 1) choices.value = units[0];
}

// The rows that are not answered yet: those without a claim, those without their unit.
export function unanswered() {
  const rows = [...find("mapped").querySelectorAll("tr[data-header]")];
  return {
    claims: rows.filter((row) => parts(row, "claim").value === "").map((row) => parts(row, "claim")),
    units: rows.filter((row) => unitOf(row) && parts(row, "unit").value === "").map((row) => parts(row, "unit")),
  };
}

export function mapping() {
  const { sheet } = find("mapped").dataset;
  return {
    version: 1,
    event: find("event").value,
    offset: find("offset").value,
    trim: find("trim").checked,
    group: find("group").value,
    ...(sheet ? { sheet } : {}),
    constants: Object.fromEntries(constants()),
    column: [...find("mapped").querySelectorAll("tr[data-header]")].map(column),
  };
}

function column(row) {
  const [claim, unit] = [parts(row, "claim").value, unitOf(row)];
  const kept = claim === row.dataset.claim ? JSON.parse(row.dataset.kept) : {};
  return { header: row.dataset.header, claim, uuid: told(row).uuid !== undefined, ...(unit ? { unit: parts(row, "unit").value } : {}), ...kept };
}

function* constants() {
  for (const row of find("constants").querySelectorAll("[data-constant]")) {
    const [claim, value] = [row.dataset.constant || parts(row, "claim").value, parts(row, "value").value.trim()];
    if (value) yield [claim, value];
  }
}

export function addConstant() {
  const made = find("constant").content.cloneNode(true);
  find("add").before(made);
  find("add").previousElementSibling.querySelector("select").focus();
}
