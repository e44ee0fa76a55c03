// The form of a dossier (docs/formats.md section 6). It has one text, so every byte of it matters.
import { base64, refuse, textOf, utf8 } from "./bytes.js";
import { anObject, count, hash, list, object, only, orNull, parseJson, text } from "./json.js";

export const ID = /^[a-z0-9]{2,9}:[0-9A-Za-z.:-]{1,100}$/;
const MAX_BYTES = 64 * 1024 * 1024;
const PROOF = list(63, hash);
const ENTRY = object({ index: count, entry: text(), proof: PROOF, disclosures: list(256, text()) });
const LINE = object({ line: text(), position: count, proof: PROOF });
const PUBLISHED = { index: count, lines: list(8192, LINE) };
const published = (value) => object("after" in anObject(value) ? { ...PUBLISHED, after: count } : PUBLISHED)(value);
const DOSSIER = object({
  v: only(1),
  origin: text(),
  items: list(4096, text(ID)),
  entries: list(20000, ENTRY),
  published: orNull(published),
  checkpoint: text(),
});

/** The dossier of its one text, or of its bytes; throws Refused. */
export function parseDossier(bytes) {
  const told = textOf(bytes);
  refuse(told.length > MAX_BYTES || utf8(told).length > MAX_BYTES, "longer than 64 MiB");
  const found = DOSSIER(parseJson(told));
  const { items, entries } = found;
  refuse(!items.length || new Set(items).size !== items.length, "items is empty or names one twice");
  refuse(entries.some(({ index }, at) => at > 0 && entries[at - 1].index >= index), "entries are out of order");
  const again = JSON.stringify(found, (name, value) => (name === "proof" ? value.map(base64) : value));
  refuse(`${again}\n` !== told, "not written in its one form");
  return found;
}
