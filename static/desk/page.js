// What the scripts of the desk's pages share.

export const find = (id) => document.getElementById(id);

export function show(id, shown = true) {
  find(id).hidden = !shown;
  return find(id);
}

export const words = () => JSON.parse(find("desk").dataset.words);
export const settings = () => find("desk").dataset;

// The answer's JSON; a problem is thrown in the words that the server gave it.
export async function post(path, value, headers = {}) {
  const body = JSON.stringify(value);
  const all = { Accept: "application/json", "Content-Type": "application/json", ...headers };
  const answer = await fetch(localized(path), { method: "POST", headers: all, body });
  return told(answer);
}

export async function told(answer) {
  const found = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return found;
  const error = new Error(found ? [found.detail, found.remedy].join(" ") : `HTTP ${answer.status}`);
  throw Object.assign(error, { rule: found?.rule, path: found?.facts?.path, item: found?.item, detail: found?.detail });
}

export function localized(path) {
  return `${path}${path.includes("?") ? "&" : "?"}lang=${document.documentElement.lang}`;
}

export function fail(text) {
  const place = show("problem");
  place.textContent = text;
  place.focus();
}

// One event: tried first, then logged. The problem's words are thrown where it is refused; where the answer to
// what was sent is lost, nobody knows whether it was logged, and `unknown` is thrown.
export async function submit(text) {
  const sent = { method: "POST", headers: { "Content-Type": "application/sd-jwt", Accept: "application/json" }, body: text };
  await told(await fetch(localized("/v1/events?dry_run=1"), sent));
  const answer = await fetch(localized("/v1/events"), sent).catch(() => {
    throw new Error(words().unknown);
  });
  if (!answer.ok) await told(answer);
  return answer.text().catch(() => {
    throw new Error(words().unknown);
  });
}

export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
