// Rows of a form: a list of groups, added and taken away; and where in it a field stands.

let made = 0;

// A field's name with the rows it is in, counted as they stand: `outputs.0.assay.mg_per_kg.1.key`.
export function nameOf(field, name = field.dataset.field) {
  const row = field.closest("[data-row]");
  if (!row) return name;
  const list = row.parentElement.closest("[data-rows]");
  return nameOf(list, `${list.dataset.rows}.${rowsOf(list).indexOf(row)}.${name}`);
}

const rowsOf = (list) => [...list.children].filter((one) => one.dataset.row !== undefined);

function numbered(list) {
  const rows = rowsOf(list);
  const label = list.querySelector("legend").firstChild.textContent.trim();
  rows.forEach((row, place) => {
    row.setAttribute("aria-label", `${label} ${place + 1}`);
    row.querySelector(".number").textContent = place + 1;
    row.querySelector("[data-remove]").hidden = rows.length <= Number(list.dataset.least);
  });
  list.querySelector(":scope > .acts [data-add]").hidden = rows.length >= Number(list.dataset.most);
}

// A template's ids are for every row: each copy gets its own, and so do its labels and hints.
function renamed(row) {
  made += 1;
  for (const one of row.querySelectorAll("[id], [for], [aria-describedby], [data-digest-of]")) {
    for (const name of ["id", "for", "aria-describedby", "data-digest-of"]) {
      if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).replace(/^f-/, `f${made}-`));
    }
  }
  return row;
}

function added(list) {
  const row = renamed(list.querySelector(":scope > template").content.firstElementChild.cloneNode(true));
  list.insertBefore(row, list.querySelector(":scope > .acts"));
  for (const inner of row.querySelectorAll("[data-rows]")) numbered(inner);
  numbered(list);
  row.querySelector("input, select, textarea").focus();
}

function removed(row, list) {
  row.remove();
  numbered(list);
  list.querySelector(":scope > .acts [data-add]").focus();
}

// As many rows in each list as it says, outer lists first.
export function withRows(form, counts) {
  for (const [name, count] of counts) {
    const list = [...form.querySelectorAll("[data-rows]")].find((one) => nameOf(one, one.dataset.rows) === name);
    while (list && rowsOf(list).length < count) added(list);
    while (list && rowsOf(list).length > count) removed(rowsOf(list).at(-1), list);
  }
}

export function watchRows(form) {
  for (const list of form.querySelectorAll("[data-rows]")) numbered(list);
  form.addEventListener("click", ({ target }) => {
    const list = target.closest("[data-rows]");
    if (target.dataset.add !== undefined) added(list);
    if (target.dataset.remove !== undefined) removed(target.closest("[data-row]"), list);
  });
}
