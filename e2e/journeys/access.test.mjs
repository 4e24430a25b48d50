// For everyone: by keyboard alone, at 400 %, in forced colours, without motion, without JavaScript.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { journeys } from '../harness/journeys.mjs';
import { assertAccessible, picture } from '../harness/browser.mjs';
import { FIRST, LESSON, arrive, join, passFirst, startLab, tabTo, untilEnded, untilHolding } from '../harness/learner.mjs';

/** Everything that is wider than the window although it need not be: only pictures, code and tables may scroll. */
const overflowing = (page) => page.evaluate(() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  return wide > 0 ? `the page is ${wide} px too wide` : '';
});

journeys('a learner who', (place) => {
  test('uses the keyboard alone joins, runs, sees green and leaves the terminal', async () => {
    const page = await place.page();
    await page.goto(`${place.url}/en/join/open`);
    await tabTo(page, 'input[name=name]');
    await page.keyboard.type('Kim');
    await page.keyboard.press('Enter');
    await page.waitForURL((at) => !at.pathname.includes('/join'));
    await tabTo(page, '.hero .button');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${LESSON}`);
    await page.waitForFunction(() => 'live' in document.documentElement.dataset);

    await tabTo(page, '.lab-pill button');
    await page.keyboard.press('Enter');
    await page.locator('.shells .xterm').first().waitFor({ timeout: 30_000 });
    for (const block of [0, 1, 2]) {
      await page.locator(`.block[data-run=${FIRST}] pre`).nth(block).focus();
      await tabTo(page, '[data-do=run]', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await untilEnded(page, FIRST, block);
      await page.waitForFunction(() => document.activeElement.closest('.xterm'));
      await page.keyboard.press('Control+Shift+E');
      assert.ok(await page.evaluate(() => document.activeElement.matches('.shell-list [role=tab]')), 'and the keys lead out');
    }
    await untilHolding(page, FIRST, 2);

    await tabTo(page, '[data-resize=dock]', 'Shift+Tab');
    const before = await page.locator('[data-resize=dock]').getAttribute('aria-valuenow');
    await page.keyboard.press('ArrowLeft');
    assert.notEqual(await page.locator('[data-resize=dock]').getAttribute('aria-valuenow'), before);
    await tabTo(page, '#tab-architecture');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.locator('#tab-objects').getAttribute('aria-selected'), 'true');
    await tabTo(page, '#panel-objects [data-do=object]');
    await page.keyboard.press('Enter');
    await page.locator('.object-yaml').waitFor();
    await assertAccessible(page, 'an object');
  });

  test('zooms to 400 % reads in one direction', async () => {
    const page = await place.page({ viewport: { width: 320, height: 256 }, expected: [/404/] });
    for (const language of ['en', 'pt', 'es']) {
      for (const path of ['', 'join/open', LESSON, 'lessons/kubernetes-architecture', 'nowhere']) {
        await page.goto(`${place.url}/${language}/${path}`);
        assert.equal(await overflowing(page), '', `/${language}/${path}`);
      }
    }
    await join(page, place.url, 'pt', 'Zélia');
    for (const path of ['me', LESSON]) {
      await page.goto(`${place.url}/pt/${path}`);
      assert.equal(await overflowing(page), '', `/pt/${path}`);
    }
    await page.waitForFunction(() => 'live' in document.documentElement.dataset);
    await page.locator('.lab-pill button').first().click();
    await page.locator('.lab-pill .pill > .sign.passed').first().waitFor();
    await page.locator('.card-lab .link').first().waitFor();
    await assertAccessible(page, 'a lesson at 400 %');
    for (const menu of ['.lab-pill summary.pill', '.raised-hand summary', '.tools-button', '.rail-button']) {
      await page.locator(menu).click();
      assert.equal(await overflowing(page), '', menu);
      await picture(page, `zoom${menu.replaceAll(/[^a-z]+/g, '-')}`);
      await page.keyboard.press('Escape');
    }
  });

  test('has a small screen reaches nothing that the terminal covers', async () => {
    const page = await place.page({ viewport: { width: 390, height: 844 } });
    await arrive(page, place.url, 'es', 'Nora');
    await page.waitForFunction(() => 'live' in document.documentElement.dataset);
    const stops = async () => {
      const found = [];
      for (let pressed = 0; pressed < 30; pressed += 1) {
        await page.keyboard.press('Tab');
        found.push(await page.evaluate(() => (document.activeElement.closest('main') ? 'text' : 'elsewhere')));
      }
      return found;
    };
    assert.ok((await stops()).includes('text'));
    await page.locator('#tab-objects').click();
    assert.ok(!(await stops()).includes('text'), 'the text is out of reach while the sheet is over it');
    await page.locator('.lesson-tab').click();
    assert.ok((await stops()).includes('text'), 'and back with it');
  });

  test('has colours of her own sees every state and every button', async () => {
    const page = await place.page({ forcedColors: 'active', colorScheme: 'dark' });
    await passFirst(page, place.url, 'es', 'Flor');
    const edgeless = await page.evaluate(() => [...document.querySelectorAll('.button, .pill, .act')]
      .filter((one) => one.checkVisibility() && getComputedStyle(one).borderStyle === 'none').map((one) => one.outerHTML));
    assert.deepEqual(edgeless, []);
    await page.locator('.exercise').scrollIntoViewIfNeeded();
    await picture(page, 'forced-colors');
    await assertAccessible(page, 'a lesson in forced colours');
  });

  test('wants no motion sees none', async () => {
    const page = await place.page({ reducedMotion: 'reduce' });
    await arrive(page, place.url, 'en', 'Mara');
    await startLab(page);
    const moving = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => {
      const style = getComputedStyle(one);
      const lasts = (text) => text.split(',').some((part) => parseFloat(part) > 0);
      return (style.animationName !== 'none' && lasts(style.animationDuration)) || (style.transitionProperty !== 'none' && lasts(style.transitionDuration));
    }).map((one) => one.className));
    assert.deepEqual(moving, []);
  });

  test('has no JavaScript reads, starts, extends and ends her lab', async () => {
    const page = await place.page({ javaScriptEnabled: false });
    await arrive(page, place.url, 'pt', 'Davi');
    // The next page may have the same address.
    const post = async (button) => {
      await Promise.all([page.waitForEvent('framenavigated'), page.locator(button).first().click()]);
      await page.waitForLoadState();
    };
    await post('.lab-pill button');
    assert.equal(await page.locator('.checks .check').count(), 2);
    const latest = Date.now() + 60_000;
    while ((await page.locator('.lab-pill .pill > .sign.passed').count()) === 0) {
      assert.ok(Date.now() < latest, 'the lab is ready in time');
      await new Promise((resolve) => { setTimeout(resolve, 250); });
      await page.reload();
    }

    const left = () => page.locator('.pill-time').first().innerText();
    const before = await left();
    await page.locator('.lab-pill summary.pill').click();
    await post('.lab-pill form:has(input[value=extend]) button');
    assert.notEqual(await left(), before);
    await page.locator('.raised-hand summary').click();
    await page.fill('.raised-hand input[name=note]', 'Não acho o terminal');
    await post('.raised-hand form button');
    assert.equal(await page.locator('.hand-button.up').count(), 1);
    await page.locator('.lab-pill summary.pill').click();
    await page.locator('.lab-pill details[data-key=end] summary').click();
    await post('.lab-pill form:has(input[value=end]) button');
    assert.equal(await page.locator('.lab-pill .pill > .sign.passed').count(), 0);

    assert.equal(await page.locator('.block .act').first().isVisible(), false, 'no button that does nothing');
    for (const [width, height] of [[390, 844], [900, 1100]]) {
      await page.setViewportSize({ width, height });
      await page.reload();
      assert.equal((await page.locator('main').boundingBox()).width, width, `the text has the whole of ${width} px`);
      await picture(page, `no-javascript-${width}`);
      await page.locator('.rail-button').click();
      await page.locator('.rail a').first().waitFor();
    }
  });
});
