// The main journey, in each language: join, lab, run, green, break, red with a reason, another language, reload, kill -9, kept.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { journeys } from '../harness/journeys.mjs';
import { WIDTHS, assertAccessible, assertCalm, assertToldApart, cover, picture } from '../harness/browser.mjs';
import { FIRST, arrive, card, doFirst, passFirst, preview, reason, runBlock, startLab, type, untilHolding } from '../harness/learner.mjs';

const OTHER = { en: 'pt', pt: 'es', es: 'en' };
const LANGUAGES = Object.keys(OTHER);
const ARCHITECTURE = 'lessons/kubernetes-architecture';
const TITLES = { en: 'Meet your two namespaces', pt: 'Conheça seus dois namespaces', es: 'Conoce tus dos namespaces' };
/** The server is away for a moment: what is open is cut, what is asked for meanwhile is refused. */
const CUT = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /WebSocket connection .* failed/];
/** The lab is made anew, after a reset or because the practice cluster goes with its process: until it is ready its
 * shell and its objects are refused. */
const RENEWED = [/409 \(Conflict\) .*\/api\/v1\/lab\//];

journeys('a learner', (place) => {
  for (const language of LANGUAGES) {
    test(`does the first exercise in ${language}, breaks it, and keeps the credit when the plug is pulled`, async () => {
      const page = await place.page({ expected: [...CUT, ...RENEWED] });
      await arrive(page, place.url, language, 'Ada');
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await assertAccessible(page, `the lesson in ${language}, before the lab`);
      await assertToldApart(page, '.block .act');

      await doFirst(page);
      await assertAccessible(page, `the lesson in ${language}, passed`);
      await picture(page, `lesson-passed-${language}`);

      await type(page, 'kubectl -n $CP_NS delete configmap hello');
      await untilHolding(page, FIRST, 1);
      const words = await reason(page, FIRST);
      const told = await card(page, FIRST).locator('[aria-live]').textContent();
      assert.ok(told.startsWith(`${TITLES[language]}: `), `a screen reader is told that it is broken: ${told}`);
      assert.notEqual(await page.locator('.lab-pill [role=status]').textContent(), '', 'and that the lab is ready');
      await picture(page, `lesson-broken-${language}`);

      await page.locator('[data-do=shell-new]').click();
      await page.locator('.shell:not([hidden]) .xterm').waitFor();
      await page.locator('[data-do=shell][data-with="1"]').click();
      await page.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
      await page.keyboard.type('kubectl -n $CP_NS create configmap hello');
      await page.locator('#tab-objects').click();
      await page.evaluate(() => { globalThis.stayed = document.querySelector('.shell:not([hidden]) .xterm'); });
      await page.locator(`.languages a[hreflang=${OTHER[language]}]`).click();
      await page.waitForURL(`**/${OTHER[language]}/lessons/hybrid-mode-intro*`);
      assert.equal(await page.locator('html').getAttribute('lang'), OTHER[language]);
      assert(await page.evaluate(() => globalThis.stayed?.checkVisibility()), 'the terminal has stayed where it was');
      assert.notEqual(await reason(page, FIRST), words, 'the reason is worded in the new language');
      assert.equal(await page.locator('.shell-list [role=tab]').count(), 2, 'both shells are there');
      assert.equal(await page.locator('#tab-objects').getAttribute('aria-selected'), 'true');

      await page.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
      await page.keyboard.type(' --from-literal=plane=control');
      await page.keyboard.press('Enter');
      await untilHolding(page, FIRST, 2);

      await page.goBack();
      await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
      assert(await page.evaluate(() => Boolean(globalThis.stayed)), 'the step back is made in place, too');
      await untilHolding(page, FIRST, 2);
      await page.locator(`.languages a[hreflang=${OTHER[language]}]`).click();
      await page.waitForFunction((wanted) => document.documentElement.lang === wanted, OTHER[language]);

      await page.reload();
      await untilHolding(page, FIRST, 2);
      // The rail follows without a reload.
      await page.locator('.rail a[aria-current=page] .sign.passed').waitFor({ state: 'attached' });

      assertCalm(page);
      await place.server.kill();
      await page.locator('.life-line').waitFor();
      await assertAccessible(page, `the lesson in ${OTHER[language]}, without a server`);
      await picture(page, `offline-${OTHER[language]}`);
      // The line at the top covers nothing: what is below it can be clicked.
      await page.locator('#tab-architecture').click();
      await place.server.again();
      await page.locator('.life-line').waitFor({ state: 'detached', timeout: 30_000 });
      // The practice cluster went with the process; the lab is made again, and the credit is hers.
      await page.locator('.lab-pill .pill > .sign.passed').first().waitFor({ timeout: 30_000 });
      await card(page, FIRST).locator('.card-state .sign.broken').waitFor({ timeout: 30_000 });
      await page.locator('.rail a[aria-current=page] .sign.passed').waitFor({ state: 'attached' });
      await page.goto(`${place.url}/${language}/`);
      assert.match(await page.locator('.hero a.button').getAttribute('href'), /kubernetes-architecture/, 'what is proven is behind her');
      for (const [each, title] of Object.entries(TITLES)) {
        await page.goto(`${place.url}/${each}/me`);
        assert.ok((await page.locator('.proven').innerText()).includes(title), `her progress in ${each}`);
      }
    });
  }

  test('is told when her session is over', async () => {
    const page = await place.page({ expected: [/401/, /WebSocket connection .* failed/] });
    await arrive(page, place.url, 'pt', 'Sara');
    await startLab(page);
    await page.context().clearCookies();
    await page.waitForURL('**/pt/join?because=signed-out', { timeout: 60_000 });
    await page.locator('.problem').waitFor();
    await assertAccessible(page, 'the way back after a session');
  });

  test('has more tabs open than her browser has connections, and sees in each how things stand', async () => {
    const page = await place.page();
    await arrive(page, place.url, 'en', 'Ada');
    await doFirst(page);
    let last = page;
    for (let tab = 2; tab <= 8; tab += 1) {
      await cover(last);
      last = await page.context().newPage();
      await last.goto(page.url());
      await untilHolding(last, FIRST, 2);
    }

    await type(last, 'kubectl -n $CP_NS delete configmap hello');
    await untilHolding(last, FIRST, 1);
    await cover(last);
    await cover(page, false);

    await untilHolding(page, FIRST, 1);
  });

  test('types before her shell is there, and loses nothing of it', async () => {
    const page = await place.page();
    await passFirst(page, place.url, 'es', 'Ines');
    await page.routeWebSocket('**/api/v1/lab/terminal?*', async (socket) => {
      await new Promise((done) => { setTimeout(done, 2000); });
      socket.connectToServer();
    });

    await page.reload();
    await type(page, 'kubectl -n $CP_NS delete configmap hello');

    await untilHolding(page, FIRST, 1);
  });

  test('starts afresh, is told before what goes, and her blocks follow', async () => {
    // While one lab goes and the other comes, there is nothing to look at.
    const page = await place.page({ expected: [...RENEWED, /WebSocket connection .* failed/] });
    await passFirst(page, place.url, 'en', 'Rita');
    const namespace = await page.locator('[data-var=CP_NS]').first().innerText();
    // An answer about the lab that comes late must not overrule what the stream has said meanwhile.
    await page.route('**/api/v1/lab?*', async (route) => {
      const answer = await route.fetch();
      await new Promise((done) => { setTimeout(done, 3000); });
      await route.fulfill({ response: answer });
    });

    await preview(page, FIRST, 'reset');
    assert.match(await page.locator('dialog.plan').innerText(), /hello/);
    await assertAccessible(page, 'the preview of a reset');
    await picture(page, 'reset');
    await page.keyboard.press('Escape');
    await page.locator('dialog.plan').waitFor({ state: 'detached' });
    await untilHolding(page, FIRST, 2);

    await preview(page, FIRST, 'reset');
    const late = page.waitForResponse((it) => new URL(it.url()).pathname === '/api/v1/lab');
    await page.locator('dialog.plan button.primary').click();
    await page.waitForFunction((old) => {
      const now = document.querySelector('[data-var=CP_NS]').textContent;
      return now !== old && document.querySelector('.lab-pill .pill > .sign.passed');
    }, namespace);
    await untilHolding(page, FIRST, 0);
    await late;
    await page.locator('.shells .xterm').first().waitFor();
    await runBlock(page, FIRST, 2);
    await untilHolding(page, FIRST, 2);
  });

  test('comes back to a tab whose lab was replaced in another one, and types', async () => {
    const page = await place.page({ expected: [...RENEWED, /WebSocket connection .* failed/] });
    await passFirst(page, place.url, 'pt', 'Lia');
    await cover(page);
    const other = await page.context().newPage();
    await other.goto(page.url());
    const namespace = await other.locator('[data-var=CP_NS]').first().innerText();
    await preview(other, FIRST, 'reset');
    await other.locator('dialog.plan button.primary').click();
    await other.waitForFunction((old) => document.querySelector('[data-var=CP_NS]').textContent !== old, namespace);
    await other.locator('.shells .xterm').first().waitFor();
    await untilHolding(other, FIRST, 0);
    await cover(other);
    await cover(page, false);
    await untilHolding(page, FIRST, 0);
    await page.locator('.shell-note [role=status]').waitFor({ state: 'detached' });

    await type(page, 'kubectl -n $CP_NS create configmap hello --from-literal=plane=control');

    await untilHolding(page, FIRST, 1);
  });

  test('reads why a block stopped in the language that she turns to', async () => {
    const page = await place.page();
    await arrive(page, place.url, 'en', 'Iris', { lesson: ARCHITECTURE });
    await startLab(page);
    const repair = page.locator('.block[data-run=scheduler-says-no]').nth(1);
    await repair.locator('[data-do=run]').click();
    await repair.locator('[data-do=run-rest]').waitFor();
    const found = async () => [await repair.locator('.block-state').innerText(), await repair.locator('.block-note').innerText(), await page.locator('.turned').innerText()];
    const [state, note] = await found();

    await page.locator('.languages a[hreflang=pt]').click();
    await page.waitForFunction(() => document.documentElement.lang === 'pt');
    await repair.locator('[data-do=run-rest]').waitFor();

    const turned = await found();
    assert.match(turned[0], /^terminou com código \d+$/, state);
    assert.match(turned[1], /^Parou em kubectl .*patch deployment.*\n+\d+ comandos? não f.*Continuar mesmo assim$/s, note);
    assert.match(turned[2], /^Português: Kubernetes por dentro/);
    assert.equal(await repair.locator('.line[data-mark]').count(), 1);
    await page.goBack();
    await page.waitForFunction(() => document.documentElement.lang === 'en');
    await repair.locator('[data-do=run-rest]').waitFor();
    assert.deepEqual((await found()).slice(0, 2), [state, note]);
  });

  test('catches up to the start of an exercise', async () => {
    const page = await place.page();
    await arrive(page, place.url, 'es', 'Sofía', { lesson: ARCHITECTURE });
    await startLab(page);

    await preview(page, 'scheduler-says-no', 'catch-up');
    await assertAccessible(page, 'the preview of catching up');
    await picture(page, 'catch-up');
    await page.locator('dialog.plan button.primary').click();
    await page.locator('dialog.plan').waitFor({ state: 'detached', timeout: 60_000 });
    assert.equal((await page.evaluate(() => fetch('/api/v1/lab').then((it) => it.json()))).catching_up, null);

    await page.locator('.lab-pill .pill > .sign.passed').first().waitFor();
  });

  for (const language of LANGUAGES) test(`heals in ${language}, and reads why a pod cannot be placed`, async () => {
    // The pod that is shown goes when the exercise is mended; it may go between the list and the question.
    const page = await place.page({ expected: [/404 .*\/lab\/objects\/dp\/Pod\/lost/] });
    await arrive(page, place.url, language, 'Carla', { lesson: ARCHITECTURE });
    await startLab(page);

    await runBlock(page, 'desired-state-loop', 0);
    await runBlock(page, 'desired-state-loop', 1);
    await page.locator('section[aria-labelledby="exercise-desired-state-loop"] .card-start button').click();
    await page.locator('section[aria-labelledby="exercise-desired-state-loop"] .card-start').waitFor({ state: 'detached' });
    await runBlock(page, 'desired-state-loop', 2);
    await runBlock(page, 'desired-state-loop', 3);
    await untilHolding(page, 'desired-state-loop', 3);

    const repair = page.locator('.block[data-run=scheduler-says-no]').nth(1);
    await repair.locator('[data-do=run]').click();
    await repair.locator('[data-do=run-rest]').waitFor();
    assert.match(await repair.locator('.block-note').innerText(), /patch deployment/, 'it stops where there is nothing to repair');
    assert.equal(await repair.locator('.line[data-mark]').count(), 1);
    await assertAccessible(page, `a block that stopped, in ${language}`);
    await runBlock(page, 'scheduler-says-no', 0);
    await untilHolding(page, 'scheduler-says-no', 1);
    await page.locator('.picture .node.bad').first().waitFor();
    await assertAccessible(page, `the picture in ${language}`);
    await picture(page, `scheduler-says-no-${language}`);
    await page.locator('[data-do=table]').click();
    await assertAccessible(page, `the picture as a table in ${language}`);
    await page.locator('section[aria-labelledby="exercise-scheduler-says-no"] [data-do=show]').first().click();
    await page.locator('.object-events .warning').first().waitFor();
    await assertAccessible(page, `the pod in ${language}`);
    await picture(page, `object-${language}`);
    await runBlock(page, 'scheduler-says-no', 1);
    await page.waitForFunction(() => {
      const found = document.querySelector('section[aria-labelledby="exercise-scheduler-says-no"]');
      return found?.querySelector('.card-state .sign.passed');
    });
  });
});

journeys('every page', (place) => {
  for (const scheme of ['light', 'dark']) {
    for (const [name, [width, height]] of Object.entries(WIDTHS)) {
      test(`fits and can be used by all, ${scheme}, ${name}`, async () => {
        // A page that is not there is answered with 404, and Chromium says so.
        const page = await place.page({ viewport: { width, height }, colorScheme: scheme, expected: [/404/] });
        for (const path of ['/en/', '/pt/join/open', '/es/lessons/kubernetes-architecture', '/en/nowhere']) {
          await page.goto(place.url + path);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
          await assertAccessible(page, `${path}, ${scheme}, ${name}`);
          await picture(page, `${path.replaceAll('/', '-').slice(1) || 'home'}-${scheme}-${name}`);
        }
      });
    }
  }
});
