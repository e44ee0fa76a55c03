// Where a form was filled in wrongly, the field says so itself, and of a list the line.

import { element } from "./page.js";
import { nameOf } from "./rows.js";

const NOTE = "wrong-note";

export function unmark(form) {
  const note = document.getElementById(NOTE);
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== NOTE).join(" ");
    if (others) field.setAttribute("aria-describedby", others);
    else field.removeAttribute("aria-describedby");
  }
  note?.remove();
}

// What a problem says of a field, under the field's own name; null where it is about none.
export function marked(form, { path, item, detail }) {
  const found = path ? foundAt(form, path.replace(/\[(\d+)\]/g, ".$1")) : item ? typedIn(form, item) : null;
  if (!found) return null;
  const { field, line } = found;
  const name = nameIn(form, field);
  const told = path ? detail.replace(`\`${path}\``, path).replace(path, name) : named(name, detail);
  const note = element("p", told, { id: NOTE, class: "wrong" });
  field.closest(".field").append(note);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${NOTE}`.trim());
  field.focus();
  if (line !== null) select(field, line);
  return told;
}

function foundAt(form, name) {
  const fields = [...form.querySelectorAll("[data-field]")].filter((one) => one.type !== "hidden");
  const at = (wanted) => fields.find((one) => [wanted, `claims.${wanted}`].includes(nameOf(one)));
  const line = /^(.+)\.(\d+)$/.exec(name);
  const field = at(name);
  if (field) return { field, line: null };
  const list = line && at(line[1]);
  return list?.tagName === "TEXTAREA" ? { field: list, line: Number(line[2]) } : null;
}

// Where an id was typed: as it stands, or without its scheme as on the label.
function typedIn(form, item) {
  const spellings = [item, item.slice(item.indexOf(":") + 1)];
  for (const field of form.querySelectorAll("[data-about], [data-vehicle]")) {
    const line = field.value.split("\n").filter((text) => text.trim()).findIndex((text) => text.split(/\s+/).some((one) => spellings.includes(one)));
    if (line >= 0) return { field, line };
  }
  return null;
}

const named = (name, detail) => (document.documentElement.lang.startsWith("zh") ? `${name}：${detail}` : `${name}: ${detail}`);

function nameIn(form, field) {
  const label = form.querySelector(`label[for="${field.id}"]`) ?? field.closest("fieldset")?.querySelector("legend");
  return (label ?? field.closest("label")).firstChild.textContent.trim() || field.closest("label").textContent.trim();
}

// Cells are counted with empty lines, other lists without them.
function select(field, line) {
  const lines = field.value.split("\n");
  const all = field.closest(".cells") !== null;
  const places = lines.map((text, place) => ({ text, place })).filter(({ text }) => all || text.trim());
  const place = places[line]?.place ?? 0;
  const start = lines.slice(0, place).reduce((sum, text) => sum + text.length + 1, 0);
  field.setSelectionRange(start, start + (lines[place]?.length ?? 0));
}
