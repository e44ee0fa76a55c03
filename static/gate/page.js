// Small things for building the page: elements, rows, views. All text goes in as text, never as HTML.

export const byId = (id) => document.getElementById(id);

export function element(name, members = {}, ...children) {
  const made = document.createElement(name);
  for (const [member, value] of Object.entries(members)) {
    if (member === "class") made.className = value;
    else if (member.startsWith("on")) made.addEventListener(member.slice(2), value);
    else made.setAttribute(member, value);
  }
  made.append(...children.filter((one) => one !== null));
  return made;
}

export function fill(list, rows) {
  byId(list).replaceChildren(...rows);
}

export function tell(id, text) {
  const place = byId(id);
  place.textContent = text;
  if (place.classList.contains("note")) place.hidden = text === "";
}

const VIEWS = ["scan", "loads", "load", "waiting", "device"];

export function viewOf(hash) {
  const name = hash.slice(1).split("=")[0];
  return VIEWS.includes(name) ? name : "scan";
}

export function showView(name) {
  for (const one of VIEWS) byId(`view-${one}`).hidden = one !== name;
  const tab = name === "load" ? "loads" : name;
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.hash === `#${tab}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId(`h-${name}`).focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
