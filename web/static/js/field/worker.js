// Opens the field page without a signal: scripts and styles from a cache, tiles from the page.
//
// Nothing personal passes into the caches: what a case holds lies sealed in the page's own
// database, and map tiles that were fetched with a pack are asked of the page.

const PAGE = "/field/";
const MANIFEST = "/field/manifest.webmanifest";
const PATIENCE_MS = 2500;
const TILE_MS = 1500;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/") || url.pathname === MANIFEST) event.respondWith(asset(request));
  else if (url.pathname.startsWith("/tiles/")) event.respondWith(tile(request, url, event.clientId));
});

/** The page from the network where that is quick, or else as it was kept. */
async function page(request) {
  const kept = await caches.match(PAGE, { ignoreVary: true });
  const fresh = fetch(request);
  if (!kept) return fresh;
  try {
    const answer = await Promise.race([fresh, after(PATIENCE_MS)]);
    return answer.status >= 500 ? kept : answer;
  } catch {
    fresh.catch(() => {});
    return kept;
  }
}

async function asset(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function tile(request, url, clientId) {
  const asker = await self.clients.get(clientId);
  const bytes = asker ? await askFor(asker, url.pathname) : null;
  if (!bytes) return fetch(request);
  return new Response(bytes, { headers: { "Content-Type": "application/vnd.mapbox-vector-tile" } });
}

function askFor(asker, path) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(() => resolve(null), TILE_MS);
    asker.postMessage({ tile: path }, [port2]);
  });
}

function after(wait_ms) {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("slow")), wait_ms));
}
