// The answer on the full screen: a word, a sign, a colour, a tone and a pulse, and the reasons below.

import { codeOf, linesOf } from "./code.js";
import { byId, element, fill, tell } from "./page.js";
import { signal } from "./signals.js";
import { LANG, kilograms, say, sayCounted, when } from "./words.js";

const ICONS = { go: "✓", look: "?", stop: "✕" };

// `found`: of check.js, with an item; `list`: what the device works from, null before the first.
export function drawAnswer({ item, answer, label, known, online }, list) {
  byId("answer").dataset.level = answer.level;
  tell("answer-icon", ICONS[answer.level]);
  tell("answer-word", say(`verdict.${answer.level}`));
  fill("answer-code", linesOf(codeOf(item)).map((line) => element("span", {}, line)));
  // What a label says of itself is told of one that its maker signed, and of no other.
  const facts = label?.verdict === "signed" ? label.facts : null;
  const numbers = { number: facts?.number, named: known?.state?.label_number };
  fill("answer-reasons", answer.reasons.map((reason) => element("li", {}, say(`reason.${reason}`, numbers))));
  tell("answer-facts", facts ? say("verdict.facts", { ...facts, mass: kilograms(facts.mass_g), date: facts.manufactured_on }) : "");
  const basis = online ? "online" : list ? "list" : "none";
  tell("answer-basis", say(`verdict.basis_${basis}`, { when: list ? when(Date.parse(list.date)) : "" }));
  byId("answer-more").href = `/p/${codeOf(item)}?lang=${LANG}`;
  byId("answer-more").hidden = !navigator.onLine;
}

export function drawCounted(counts, again) {
  tell("answer-counted", again ? say("scan.again") : sayCounted("scan.counted", counts));
}

// What becomes of the piece: only what its place in the load allows.
export function drawChoice(load, scan) {
  const announced = load.expected.includes(scan.item);
  for (const option of byId("answer-choice").options)
    option.disabled = announced ? option.value === "collect" : ["accept", "reject"].includes(option.value);
  byId("answer-choice").value = scan.answer;
  byId("answer-condition").value = scan.condition;
  byId("answer-reason").value = scan.reason;
  byId("condition-label").hidden = !["accept", "collect"].includes(scan.answer);
  byId("reason-label").hidden = scan.answer !== "reject";
}

export function openAnswer(level) {
  signal(level);
  if (!byId("answer").open) byId("answer").showModal();
  byId("answer-word").focus();
}
