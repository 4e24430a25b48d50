// The main journey, in each language: join, lab, run, green, break, red with a reason, another language, reload, kill -9, kept.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Server } from '../harness/server.mjs';
import { WIDTHS, assertAccessible, assertCalm, launch, open, picture } from '../harness/browser.mjs';
import { join, reason, runBlock, startLab, type, untilHolding } from '../harness/learner.mjs';

const EXERCISE = 'your-two-namespaces';
const OTHER = { en: 'pt', pt: 'es', es: 'en' };
const LANGUAGES = Object.keys(OTHER);
/** A line that is cut when the server is killed, and a lab that is made anew, are what this journey is about. */
const CUT = [/409/, /ERR_CONNECTION_REFUSED/, /WebSocket connection/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /net::ERR_/];

describe('a learner', () => {
  let server;
  let browser;
  before(async () => {
    server = await Server.start();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const language of LANGUAGES) {
    test(`does the first exercise in ${language}, breaks it, and keeps the credit`, async () => {
      const page = await open(browser);
      await join(page, server.url, language, 'Ada');
      await page.goto(`${server.url}/${language}/lessons/hybrid-mode-intro`);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await assertAccessible(page, `the lesson in ${language}, before the lab`);

      await startLab(page);
      for (const block of [0, 1, 2]) await runBlock(page, EXERCISE, block);
      await untilHolding(page, EXERCISE, 2);
      await assertAccessible(page, `the lesson in ${language}, passed`);
      await picture(page, `lesson-passed-${language}`);

      await type(page, 'kubectl -n $CP_NS delete configmap hello');
      await untilHolding(page, EXERCISE, 1);
      const words = await reason(page, EXERCISE);
      await picture(page, `lesson-broken-${language}`);

      await page.locator(`.languages a[hreflang=${OTHER[language]}]`).click();
      await page.waitForURL(`**/${OTHER[language]}/lessons/hybrid-mode-intro*`);
      await page.locator('.shells .xterm').first().waitFor();
      assert.notEqual(await reason(page, EXERCISE), words, 'the reason is worded in the new language');

      await page.reload();
      await untilHolding(page, EXERCISE, 1);
      assertCalm(page);
      await page.context().close();
    });
  }

  test('keeps her progress when the plug is pulled', async () => {
    const page = await open(browser);
    await join(page, server.url, 'en', 'Bento');
    await page.goto(`${server.url}/en/lessons/hybrid-mode-intro`);
    await startLab(page);
    for (const block of [0, 1, 2]) await runBlock(page, EXERCISE, block);
    await untilHolding(page, EXERCISE, 2);

    await server.kill();
    await server.again();
    await page.goto(`${server.url}/en/me`);
    const proven = await page.locator('main').innerText();

    assert.match(proven, /Meet your two namespaces/);
    assertCalm(page, CUT);
    await page.context().close();
  });

  test('heals, and reads why a pod cannot be placed', async () => {
    const page = await open(browser);
    await join(page, server.url, 'en', 'Carla');
    await page.goto(`${server.url}/en/lessons/kubernetes-architecture`);
    await startLab(page);

    await runBlock(page, 'desired-state-loop', 0);
    await runBlock(page, 'desired-state-loop', 1);
    await page.locator('section[aria-labelledby="exercise-desired-state-loop"] .card-start button').click();
    await page.locator('section[aria-labelledby="exercise-desired-state-loop"] .card-start').waitFor({ state: 'detached' });
    await runBlock(page, 'desired-state-loop', 2);
    await runBlock(page, 'desired-state-loop', 3);
    await untilHolding(page, 'desired-state-loop', 3);

    await runBlock(page, 'scheduler-says-no', 0);
    await untilHolding(page, 'scheduler-says-no', 1);
    await picture(page, 'scheduler-says-no');
    await runBlock(page, 'scheduler-says-no', 1);
    await page.waitForFunction(() => {
      const found = document.querySelector('section[aria-labelledby="exercise-scheduler-says-no"]');
      return found?.querySelector('.card-state .sign.passed');
    });
    assertCalm(page);
    await page.context().close();
  });
});

describe('every page', () => {
  let server;
  let browser;
  before(async () => {
    server = await Server.start();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const scheme of ['light', 'dark']) {
    for (const [name, [width, height]] of Object.entries(WIDTHS)) {
      test(`fits and can be used by all, ${scheme}, ${name}`, async () => {
        const page = await open(browser, { viewport: { width, height }, colorScheme: scheme });
        for (const path of ['/en/', '/pt/join/open', '/es/lessons/kubernetes-architecture', '/en/nowhere']) {
          await page.goto(server.url + path);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
          await assertAccessible(page, `${path}, ${scheme}, ${name}`);
          await picture(page, `${path.replaceAll('/', '-').slice(1) || 'home'}-${scheme}-${name}`);
        }
        // A page that is not there is answered with 404, and Chromium says so.
        assertCalm(page, [/404/]);
        await page.context().close();
      });
    }
  }

  test('can be read and used without JavaScript', async () => {
    const page = await open(browser, { javaScriptEnabled: false });
    await join(page, server.url, 'pt', 'Davi');
    await page.goto(`${server.url}/pt/lessons/hybrid-mode-intro`);
    await page.locator('.lab-pill button').first().click();
    await page.waitForLoadState();
    assert.equal(await page.locator('.checks .check').count(), 2);
    await page.context().close();
  });
});
