// The words of the page, in the language it was served in; they stand in it as data.

const WORDS = JSON.parse(document.getElementById("words").textContent);
export const LANG = document.documentElement.lang;

export function say(name, facts = {}) {
  const [section, key] = [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 1)];
  const found = WORDS[section]?.[key];
  if (found === undefined) throw new Error(`no text ${name}`);
  return found.replace(/{(\w+)}/g, (_, fact) => facts[fact] ?? "");
}

export function has(name) {
  const at = name.indexOf(".");
  return WORDS[name.slice(0, at)]?.[name.slice(at + 1)] !== undefined;
}

// How much of a load has come, in one of three texts: of what was announced, with more beside it, or of nothing announced.
export function sayCounted(name, { arrived, expected, extra }, facts = {}) {
  if (expected === 0) return say(`${name}_free`, { ...facts, arrived: extra });
  return say(extra ? `${name}_extra` : name, { ...facts, arrived, expected, extra });
}

export const orgName = (org) => (org ? (LANG.startsWith("zh") ? org.name_zh : org.name_en) : "");

export function when(ms) {
  return new Intl.DateTimeFormat(LANG, { dateStyle: "medium", timeStyle: "short" }).format(ms);
}

// Sentences one after the other; Chinese ones have no space between them. What is empty is left out.
export const sentences = (...told) => told.filter(Boolean).join(LANG.startsWith("zh") ? "" : " ");

export const kilograms = (grams) => new Intl.NumberFormat(LANG, { maximumFractionDigits: 3 }).format(grams / 1000) + " kg";
