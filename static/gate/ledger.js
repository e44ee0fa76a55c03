// Asking the ledger: what it answers, what it refuses, and when it is away.

const PAGE = 1000;
const STATE = ["kind", "phase", "ended_by", "flags", "label_sha256", "label_number", "label_use", "maker", "model", "made_on",
  "mass_g", "remaining_g", "remedied", "offer", "tip"];

// The ledger does not answer, or cannot now: nothing is lost, and the same is tried again.
export class AwayError extends Error {}

export class Problem extends Error {
  constructor(members) {
    super(members.detail ?? members.title);
    this.members = members;
  }
}

export async function ask(path, { lang, ...options } = {}) {
  let answer;
  try {
    const headers = { Accept: "application/json", "Accept-Language": lang ?? "en", ...options.headers };
    answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch (error) {
    throw new AwayError(String(error));
  }
  if (answer.status === 429 || answer.status >= 500) throw new AwayError(`status ${answer.status}`);
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(body ?? { status: answer.status, title: String(answer.status) });
  if (body === null) throw new AwayError("not an answer of the ledger");
  return body;
}

export const post = (ask_, path, body, lang) =>
  ask_(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, lang });

export async function lookup(ask_, items, lang) {
  const found = [];
  for (let at = 0; at < items.length; at += PAGE)
    found.push(...(await post(ask_, "/v1/items/lookup", { items: items.slice(at, at + PAGE) }, lang)).items);
  return found;
}

export function slim({ state, custodian, recalls, recalled_inside, amber }) {
  const told = Object.fromEntries(STATE.filter((name) => state[name] !== undefined).map((name) => [name, state[name]]));
  return { state: told, custodian, recalls, recalled_inside: recalled_inside === true, amber: amber === true };
}
