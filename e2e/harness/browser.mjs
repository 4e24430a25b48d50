// The system's Chromium, driven by playwright-core, and axe in every page.
import { createRequire } from 'node:module';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.HANGAR_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
/** The name under which axe's own complaints are told apart from the page's. */
const AXE = 'axe.min.js';
/**
 * What is said of the machine and not of the page: without a graphics card it draws in software, and the driver says that this is slow; on a
 * busy one xterm says by how much a slice of its idle work took longer than planned.
 */
const MACHINE = /GL Driver Message|^task queue exceeded allotted deadline by \d+ms$/;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The widths that the design names. */
export const WIDTHS = { wide: [1440, 900], middle: [900, 1100], narrow: [390, 844] };

export async function launch() {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

/** A page of its own, whose console errors, warnings and foreign requests fail the journey. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en', ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => {
    // To measure, axe adds styles that the page's policy refuses; that is the policy doing its work.
    const { url } = message.location();
    if (!['error', 'warning'].includes(message.type()) || url === AXE || MACHINE.test(message.text())) return;
    page.complaints.push(`${message.text()} (${url})`);
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    const host = new URL(request.url()).hostname;
    if (host && host !== '127.0.0.1' && host !== 'localhost') page.complaints.push(`a request to ${host}`);
  });
  return page;
}

/** Another tab is put before the page, or taken away again. Without a window every page would count as seen. */
export async function cover(page, covered = true) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, covered);
}

/** Fails with every complaint that the page made, except those that a journey expects. */
export function assertCalm(page, expected = []) {
  const complaints = page.complaints.filter((one) => !expected.some((pattern) => pattern.test(one)));
  assert.deepEqual(complaints, []);
}

/** Fails with every rule of WCAG 2.2 AA that axe finds broken. */
export async function assertAccessible(page, where) {
  // Playwright evaluates in the page's own world without touching its content security policy.
  await page.evaluate(`${axe}\n//# sourceURL=${AXE}`);
  const broken = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    // Still marked as experimental: who speaks to her browser says what she sees on a button.
    const rules = { 'label-content-name-mismatch': { enabled: true } };
    const result = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules });
    return result.violations.map((one) => `${one.id}: ${one.help} (${one.nodes.map((node) => node.target.join(' ')).slice(0, 4).join('; ')})`);
  });
  assert.deepEqual(broken, [], `axe finds on ${where}`);
}

/** Fails when a screen reader's list of the page's buttons has one twice, or one that does not begin with what is seen on it. */
export async function assertToldApart(page, selector) {
  const buttons = await page.locator(selector).all();
  const names = await Promise.all(buttons.map(async (one) => {
    const [, name] = (await one.ariaSnapshot()).match(/button "((?:[^"\\]|\\.)*)"/);
    const seen = await one.evaluate((it) => [...it.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(''));
    assert.ok(seen !== '' && name.startsWith(seen), `${name} begins with ${seen}`);
    return name;
  }));
  assert.ok(names.length > 1);
  assert.deepEqual(names, [...new Set(names)], 'no two buttons are called alike');
}

/** Keeps a picture for people to look at, when HANGAR_PICTURES names a folder. */
export async function picture(page, name) {
  const folder = process.env.HANGAR_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
