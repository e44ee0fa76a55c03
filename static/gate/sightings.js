// What a camera sees, put in order: of one label its QR code before the bare code printed beside it, each thing once.

import { parseUrl } from "./label.js";

const AGAIN_MS = 4000;

export const isLabel = (text) => Boolean(parseUrl(text)?.token);
const codeIn = (text) => parseUrl(text)?.code ?? text.toUpperCase();

// The texts of one picture, labels first, without the bare codes of those labels.
export function labelsFirst(texts) {
  const labels = texts.filter(isLabel);
  const named = labels.map(codeIn);
  return [...labels, ...texts.filter((text) => !isLabel(text) && !named.includes(codeIn(text)))];
}

// What was told is not told again while it stays in sight, nor is the bare code of a label. A label is told though its
// bare code was: it says more.
export class Sightings {
  // By code: when it was seen last, and which labels of it were told.
  #told = new Map();

  // The first of these texts that is to be told now; null where there is none.
  next(texts, now) {
    for (const [code, { at }] of this.#told) if (now - at > AGAIN_MS) this.#told.delete(code);
    const fresh = texts.find((text) => !this.#isTold(text)) ?? null;
    if (fresh !== null && !this.#told.has(codeIn(fresh))) this.#told.set(codeIn(fresh), { at: now, labels: new Set() });
    if (fresh !== null && isLabel(fresh)) this.#told.get(codeIn(fresh)).labels.add(fresh);
    for (const text of texts) if (this.#told.has(codeIn(text))) this.#told.get(codeIn(text)).at = now;
    return fresh;
  }

  // Nobody looked meanwhile: what was in sight still is.
  goOn(now) {
    for (const one of this.#told.values()) one.at = now;
  }

  #isTold(text) {
    const told = this.#told.get(codeIn(text));
    return told !== undefined && (!isLabel(text) || told.labels.has(text));
  }
}
