// Keeps what was opened once ready for a phone without network, and sends what
// waits in the outbox when the network is back. It touches neither the
// coordinators' pages nor anything that is not asked for by GET.

const current = new URL(location).searchParams.get('v');
importScripts(`/assets/${current}/keep.js`, `/assets/${current}/proof.js`);

const filesCache = 'files';
const pagesCache = 'pages';
const patience = 4000; // milliseconds until a kept page is better than none

const isFile = ({ pathname }) => pathname.startsWith('/assets/') || pathname.startsWith('/media/');
const isPage = ({ pathname }) => /^\/(s\/|q\/|privacy$|accessibility$|imprint$|withdraw$|$)/.test(pathname);

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open(pagesCache).then((cache) => cache.add('/offline')).catch(() => {}));
});

addEventListener('activate', (event) => event.waitUntil(tidy().then(() => clients.claim())));

/** Lets go of files that neither this version nor a page that is kept still needs. */
async function tidy() {
  const pages = await caches.open(pagesCache);
  const texts = await Promise.all((await pages.matchAll()).map((answer) => answer.text()));
  const needed = new Set([current, ...texts.flatMap((text) => [...text.matchAll(/\/(?:assets|media)\/([\w-]+)/g)].map(([, found]) => found))]);
  const files = await caches.open(filesCache);
  for (const request of await files.keys()) {
    if (!needed.has(new URL(request.url).pathname.split('/')[2])) await files.delete(request);
  }
}

addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin) return;
  if (isFile(address)) event.respondWith(file(request));
  else if (request.mode === 'navigate' && isPage(address)) event.respondWith(page(request, address));
});

/** A file never changes under its address. */
async function file(request) {
  const known = await caches.match(request);
  if (known && !request.headers.has('Range')) return known;
  const answer = await fetch(request);
  if (answer.status === 200) await (await caches.open(filesCache)).put(request, answer.clone()).catch(() => {}); // a full phone keeps nothing
  return answer;
}

/** A page comes fresh where there is network, else as it was when last seen. */
async function page(request, address) {
  const cache = await caches.open(pagesCache);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.status === 200 && address.pathname !== '/') await cache.put(request, answer.clone()).catch(() => {});
    if (answer.status === 410 || answer.status === 404) await cache.delete(request);
    return answer;
  });
  const known = await cache.match(request) ?? await inAnyLanguage(cache, address);
  if (!known) return fresh.catch(() => unseen(cache, address));
  const late = new Promise((resolve) => { setTimeout(resolve, patience, known); });
  return Promise.race([fresh.catch(() => known), late]);
}

/** Says that there is no network, in the language that was asked for if the phone knows it. */
async function unseen(cache, address) {
  return await cache.match(`/offline?lang=${address.searchParams.get('lang')}`) ??
    await cache.match('/offline', { ignoreSearch: true }) ?? Response.error();
}

/** An address without a language leads to the page in the one that is kept. */
async function inAnyLanguage(cache, address) {
  return address.searchParams.has('lang') ? undefined : cache.match(address.pathname, { ignoreSearch: true });
}

addEventListener('message', (event) => {
  const { keep, forget } = event.data ?? {};
  // From the browser's own cache where it has them: nothing is loaded twice.
  if (keep) {
    event.waitUntil(Promise.all(keep.map(async (address) => {
      const name = isFile(new URL(address, location)) ? filesCache : pagesCache;
      const cache = await caches.open(name);
      if (!await cache.match(address)) await cache.add(new Request(address, { cache: 'force-cache' })).catch(() => {});
    })));
  }
  if (forget) event.waitUntil(caches.open(pagesCache).then((cache) => cache.delete(forget, { ignoreSearch: true })));
});

addEventListener('sync', (event) => {
  if (event.tag !== 'outbox') return;
  event.waitUntil((async () => {
    const outcomes = await bedarfslotse.deliverAll(await bedarfslotse.open());
    for (const client of await clients.matchAll()) client.postMessage({ outbox: [...outcomes.keys()] });
    // The browser tries again by itself when a sync fails.
    if ([...outcomes.values()].some((one) => one.waiting)) throw new Error('still waiting');
  })());
});
