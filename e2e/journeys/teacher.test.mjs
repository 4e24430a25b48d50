// An instructor: the one-time link, a class, the live grid with reasons, extend and end.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Server } from '../harness/server.mjs';
import { assertAccessible, assertCalm, launch, open, picture } from '../harness/browser.mjs';
import { startLab } from '../harness/learner.mjs';

describe('an instructor', () => {
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

  test('signs in once, makes a class, and sees who is where', async () => {
    const page = await open(browser);
    await page.goto(server.signInLink());
    await assertAccessible(page, 'the sign-in page');
    await page.locator('main form button').first().click();
    await page.waitForURL('**/teach**');
    await page.fill('input[name=name]', 'Night class');
    await page.fill('input[name=seats]', '2');
    await page.locator('main form button.primary').last().click();
    await page.waitForURL(/\/teach\/classes\/[^/]+/);
    await assertAccessible(page, 'an empty class');
    const code = decodeURIComponent(new URL(page.url()).pathname.split('/').pop());

    const learner = await open(browser);
    await learner.goto(`${server.url}/es/join/${code}`);
    await learner.fill('input[name=name]', 'Elena');
    await learner.click('main form button.primary');
    await learner.waitForURL((at) => !at.pathname.includes('/join'));
    await learner.goto(`${server.url}/es/lessons/hybrid-mode-intro`);
    await startLab(learner);

    await page.getByText('Elena').first().waitFor({ timeout: 15_000 });
    await assertAccessible(page, 'a class with a learner');
    await picture(page, 'class');
    assertCalm(page);
    assertCalm(learner);

    const again = await open(browser);
    await again.goto(server.signInLink());
    await again.locator('main form button').first().click();
    await again.waitForLoadState();
    assert.doesNotMatch(again.url(), /\/teach\/?$/);
    await again.context().close();
    await learner.context().close();
    await page.context().close();
  });
});
