// What was typed stays in this tab, for the key that was signed in: over a reload, and over signing in again.

import { find, show } from "./page.js";
import { nameOf, withRows } from "./rows.js";

const place = () => `desk ${find("desk").dataset.kid} ${location.pathname}`;
const typed = (form) =>
  [...form.querySelectorAll("[data-field], [data-about], [data-vehicle], [data-item]")].filter(
    (one) => one.matches("input:not([type=hidden]), select, textarea"),
  );
const calledIn = (one) =>
  one.dataset.field === undefined ? one.dataset.item ?? one.id : `${nameOf(one)}${one.dataset.choice === undefined ? "" : `=${one.value}`}`;
const held = (one) => (one.type === "checkbox" ? one.checked : one.value);
const rows = (form) => [...form.querySelectorAll("[data-rows]")].map((list) => [nameOf(list, list.dataset.rows), list.querySelectorAll(":scope > [data-row]").length]);

export function forget() {
  sessionStorage.removeItem(place());
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(place()) ?? "null");
  if (!kept) return;
  withRows(form, kept.rows);
  const values = new Map(kept.values);
  for (const one of typed(form)) {
    const value = values.get(calledIn(one));
    if (value === undefined) continue;
    if (one.type === "checkbox") one.checked = value;
    else one.value = value;
  }
  show("kept").querySelector("button").addEventListener("click", () => {
    changed = false;
    forget();
    location.reload();
  });
}

let changed = false;

// Kept when the page is left with something changed in it that was not signed; `forget` after it was.
export function keep(form) {
  if (!find("kept")) return;
  restore(form);
  form.addEventListener("change", () => (changed = true));
  form.addEventListener("input", () => (changed = true));
  addEventListener("pagehide", () => {
    if (!changed || !find("done").hidden) return;
    const values = typed(form).map((one) => [calledIn(one), held(one)]);
    sessionStorage.setItem(place(), JSON.stringify({ rows: rows(form), values }));
  });
}
