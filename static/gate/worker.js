// Keeps the page in both languages and all its files, so that the gate opens in airplane mode. `KEPT` stands
// before this text as the server writes it: the version, which follows from every byte, the pages and the files.

const CACHE = `packtrace-gate-${KEPT.version}`;
const CHOSEN = "/scan?chosen";

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === "/scan") event.respondWith(gate(url));
  else if (KEPT.files.includes(url.pathname)) event.respondWith(file(event.request, url));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  // All or nothing: one that cannot be fetched leaves the version before it in place.
  await cache.addAll([...KEPT.pages, ...KEPT.files].map((path) => new Request(path, { cache: "reload" })));
  await self.skipWaiting();
}

async function forgetOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("packtrace-gate-") && name !== CACHE).map((name) => caches.delete(name)));
}

async function gate(url) {
  const cache = await caches.open(CACHE);
  const asked = url.searchParams.get("lang");
  const chosen = asked ?? (await (await cache.match(CHOSEN))?.text()) ?? self.navigator.language;
  const page = KEPT.pages.find((path) => path.endsWith(`=${chosen}`)) ?? KEPT.pages.find((path) => path.includes(`=${chosen.slice(0, 2)}`)) ?? KEPT.pages.at(-1);
  if (asked !== null) await cache.put(CHOSEN, new Response(page.split("=")[1]));
  return (await cache.match(page)) ?? fetch(url);
}

async function file(request, url) {
  const cache = await caches.open(CACHE);
  return (await cache.match(url.pathname)) ?? fetch(request);
}
