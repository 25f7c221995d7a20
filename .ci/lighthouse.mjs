// Measures what a respondent sees first with Lighthouse on phone settings (slow
// processor and network, simulated) and prints a table. Lighthouse comes from npm
// into the tools folder; the browser is the one of this machine, never one that
// is downloaded. The server is the demonstration on a port of its own.
//
// usage: node .ci/lighthouse.mjs VERSION TOOLS-FOLDER PROGRAM
//
// LIGHTHOUSE_FLOOR=98  fail when performance, accessibility or best practices of
//                      a page are below that; else nothing fails
// LIGHTHOUSE_RUNS=3    how often each page is loaded; the median counts
// CHROME_PATH          the browser, else chromium or its headless shell of PATH

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [version, tools, program] = process.argv.slice(2);
const languages = ['ar', 'de'];
const judged = ['performance', 'accessibility', 'best-practices'];
const categories = [...judged, 'seo']; // the last for information: who gives a survey away does it by poster and code
const floor = Number(process.env.LIGHTHOUSE_FLOOR ?? 0);
const runs = Number(process.env.LIGHTHOUSE_RUNS ?? 1);
const chrome = process.env.CHROME_PATH ?? execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-headless-shell'], { encoding: 'utf8' }).trim();

/** Imports the wanted version of Lighthouse and the driver it brings. */
async function install() {
  const folder = join(resolve(tools), `lighthouse-${version}`);
  const module = (path) => join(folder, 'node_modules', path);
  if (!existsSync(module('lighthouse/package.json'))) {
    console.log(`Lighthouse ${version} is not here: installing it into ${folder} (a minute, once)`);
    execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error',
      `lighthouse@${version}`], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  const found = JSON.parse(readFileSync(module('lighthouse/package.json'), 'utf8')).version;
  if (found !== version) throw new Error(`${folder} holds Lighthouse ${found}, not ${version}`);
  const load = (path) => import(pathToFileURL(module(path)));
  const [{ startFlow }, { default: puppeteer }] = await Promise.all([
    load('lighthouse/core/index.js'), load('puppeteer-core/lib/esm/puppeteer/puppeteer-core.js')]);
  return { startFlow, puppeteer };
}

/** Starts the demonstration; resolves to its process and address. */
function serve(folder) {
  const child = spawn(resolve(program), ['demo', '--addr', '127.0.0.1:0', '--responses', '0'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((ready, failed) => {
    let said = '';
    child.on('error', failed);
    child.on('exit', (code) => failed(new Error(`the server ended with ${code} before it listened`)));
    child.stdout.setEncoding('utf8').on('data', (part) => {
      said += part;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (address) ready({ child, address });
    });
  });
}

/** Loads the pages of one language once; returns the Lighthouse results by page. */
async function measure({ startFlow, puppeteer }, address, lang) {
  const browser = await puppeteer.launch({ executablePath: chrome, headless: true,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-component-update'] });
  try {
    const page = await browser.newPage();
    const flow = await startFlow(page, { flags: { onlyCategories: categories } });
    await flow.navigate(`${address}/?lang=${lang}`, { name: 'first page' });
    await flow.navigate(`${address}/s/families?lang=${lang}`, { name: 'form, start' });
    await page.waitForSelector('.steps .button:not(.secondary)');
    await page.click('.steps .button:not(.secondary)');
    await page.waitForSelector('[data-page].shown');
    await flow.snapshot({ name: 'form, questions' });
    return (await flow.createFlowResult()).steps;
  } finally {
    await browser.close();
  }
}

/** The score of a category in percent; undefined where this kind of step has none. */
function score({ lhr }, category) {
  if (lhr.gatherMode !== 'navigation' && category === 'performance') return undefined; // of a page that stands, it says little
  const found = lhr.categories[category]?.score;
  return found === null || found === undefined ? undefined : Math.round(found * 100);
}

/** The audits that cost a step points, with what they say. */
function* losses({ lhr }) {
  for (const category of judged) {
    if (score({ lhr }, category) === undefined) continue;
    for (const { id, weight } of lhr.categories[category].auditRefs) {
      const audit = lhr.audits[id];
      if (weight > 0 && audit.score !== null && audit.score < 0.98) {
        const items = (audit.details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.description ?? item.url ?? '');
        yield `${id}: ${audit.title} ${audit.displayValue ?? ''} ${items.join(' ')}`.trim();
      }
    }
  }
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];

function print(rows) {
  const wide = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ...cells] of rows) console.log([name.padEnd(wide), ...cells.map((cell) => String(cell).padStart(14))].join(' '));
}

const folder = mkdtempSync(join(tmpdir(), 'bedarfslotse-lighthouse-'));
let server;
try {
  const lighthouse = await install();
  server = await serve(folder);
  const rows = [['', ...categories]];
  const low = [];
  for (const lang of languages) {
    const all = [];
    for (let run = 0; run < runs; run += 1) all.push(await measure(lighthouse, server.address, lang));
    for (const [at, { name }] of all[0].entries()) {
      const scores = categories.map((category) => median(all.map((steps) => score(steps[at], category))));
      const title = `${lang}: ${name}`;
      rows.push([title, ...scores.map((one) => one ?? '–')]);
      scores.slice(0, judged.length).forEach((one, of) => { if (one < floor) low.push(`${title}: ${judged[of]} ${one}`); });
      for (const loss of new Set(all.flatMap((steps) => [...losses(steps[at])]))) console.log(`${title}: ${loss}`);
    }
  }
  print(rows);
  if (low.length) {
    console.error(`below ${floor}:\n${low.join('\n')}`);
    process.exitCode = 1;
  }
} finally {
  server?.child.removeAllListeners('exit').kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
