// Asks Lighthouse about the course and a lesson in each language, as on a slow phone, and prints one line of JSON a figure.
//
// `node audit.mjs RUNS`: performance is a model fed by a busy machine's clock, so each page's median of RUNS counts.
// What keeps a page from 100 is told on standard error.
import * as chromeLauncher from 'chrome-launcher';
import lighthouse from 'lighthouse';

import { Server } from '../harness/server.mjs';

const RUNS = Number(process.argv[2] ?? 3);
const PAGES = ['/', '/lessons/kubernetes-architecture'];
const LANGUAGES = ['en', 'pt', 'es'];
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

async function audit(url, port, tries = 3) {
  const { lhr } = await lighthouse(url, { port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES });
  if (!lhr.runtimeError) return lhr;
  // On a busy machine the browser's trace is sometimes lost.
  if (tries > 1) return audit(url, port, tries - 1);
  throw new Error(`${url}: ${lhr.runtimeError.message}`);
}

/** What costs points, by category. */
function complaints(report, category) {
  const costly = report.categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && report.audits[id].score !== null && report.audits[id].score < 1)
    .map(({ id }) => `${id} (${report.audits[id].displayValue ?? report.audits[id].title})`);
  return costly.join(', ');
}

async function page(url, port) {
  const reports = [];
  for (let run = 0; run < RUNS; run += 1) reports.push(await audit(url, port));
  const scores = {};
  for (const category of CATEGORIES) {
    const all = reports.map((report) => Math.round(report.categories[category].score * 100));
    scores[category] = median(all);
    if (scores[category] < 100) {
      const counted = reports[all.indexOf(scores[category])];
      console.error(`${url}: ${category} ${all.join(' ')}: ${complaints(counted, category)}`);
    }
  }
  scores.lcp = median(reports.map((report) => report.audits['largest-contentful-paint'].numericValue));
  return scores;
}

function print(figure, values) {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.at(-1);
  console.log(JSON.stringify({ figure, samples: sorted.length, min: sorted[0], median: median(sorted), p99: last, max: last }));
}

const server = await Server.start();
const chrome = await chromeLauncher.launch({ chromePath: process.env.HANGAR_CHROMIUM, chromeFlags: FLAGS });
try {
  const pages = [];
  for (const language of LANGUAGES) {
    for (const path of PAGES) pages.push(await page(`${server.url}/${language}${path}`, chrome.port));
  }
  for (const category of CATEGORIES) print(`lighthouse-${category}`, pages.map((scores) => scores[category]));
  print('lighthouse-lcp-ms', pages.map((scores) => scores.lcp));
} finally {
  chrome.kill();
  await server.stop();
}
