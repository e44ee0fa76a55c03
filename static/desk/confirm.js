// Which entries of a stolen key the firm stands by: ticks become a range with its exceptions and a count.

import { find } from "./page.js";

const { told, none } = find("confirm-words").dataset;
const rows = [...document.querySelectorAll("[data-entry]")];
const field = (name) => document.querySelector(`[data-field="${name}"]`);

// The range spans the ticked entries; what is in it, signed with this key and neither ticked nor stood by
// already, is an exception. Whatever other keys signed in between does not count (event.confirmed).
function counted() {
  const ticked = rows.filter((one) => one.checked).map((one) => Number(one.dataset.entry));
  find("go").disabled = ticked.length === 0;
  if (!ticked.length) return void (find("counted").textContent = none);
  const [first, last] = [Math.min(...ticked), Math.max(...ticked)];
  const within = rows.filter(({ dataset }) => Number(dataset.entry) >= first && Number(dataset.entry) <= last);
  const out = within.filter((one) => !one.checked && one.dataset.confirmed === undefined).map((one) => one.dataset.entry);
  const held = { first, last, count: within.length - out.length, exceptions: out.join("\n") };
  for (const [name, value] of Object.entries(held)) field(name).value = value;
  const facts = { count: held.count, first, last, out: out.length };
  find("counted").textContent = told.replace(/{(\w+)}/g, (_, name) => facts[name]);
}

find("act").addEventListener("change", counted);
find("all").addEventListener("click", () => {
  const boxes = rows.filter((one) => one.type === "checkbox");
  const every = boxes.every((one) => one.checked);
  for (const one of boxes) one.checked = !every;
  counted();
});
counted();
