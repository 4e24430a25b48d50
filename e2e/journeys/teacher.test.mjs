// An instructor: the one-time link, a class, the live grid with reasons, hands, words to all and to some, extend and end.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { journeys } from '../harness/journeys.mjs';
import { assertAccessible, cover, picture } from '../harness/browser.mjs';
import { LESSON, arrive, hand, join, joinMany, runBlock, startLab } from '../harness/learner.mjs';

const PATIENCE = 20_000;
/** What a page is refused while its lab is ended from afar. */
const ENDED = [/409 \(Conflict\) .*\/api\/v1\/lab\//, /WebSocket connection/];

/** Makes a class on the page of classes; says its code. */
async function make(page, name, seats) {
  await page.fill('input[name=name]', name);
  await page.fill('input[name=seats]', String(seats));
  await page.locator('main form button.primary').last().click();
  await page.waitForURL(/\/teach\/classes\/[^/]+/);
  return decodeURIComponent(new URL(page.url()).pathname.split('/').pop());
}

journeys('an instructor', (place) => {
  /** Joins a class and starts a lab on a lesson's page. */
  async function work(code, language, name, lesson) {
    const page = await place.page({ expected: ENDED });
    await arrive(page, place.url, language, name, { lesson: `lessons/${lesson}`, code });
    await startLab(page);
    return page;
  }

  test('signs in once, makes a class, sees who is where, and speaks to them', async () => {
    const page = await place.page();
    await page.goto(place.server.signInLink());
    await assertAccessible(page, 'the sign-in page');
    await page.locator('main form button').first().click();
    await page.waitForURL(/\/teach\/?$/);
    await assertAccessible(page, 'the classes');
    const code = await make(page, 'Night class', 2);
    await assertAccessible(page, 'an empty class');
    await page.locator('[popovertarget=class-code]').click();
    await assertAccessible(page, 'the code');
    await page.keyboard.press('Escape');

    const elena = await work(code, 'es', 'Elena', 'kubernetes-architecture');
    await page.locator('.grid tbody tr').first().waitFor({ timeout: PATIENCE });
    const joao = await work(code, 'pt', 'João', 'hybrid-mode-intro');
    await runBlock(elena, 'desired-state-loop', 0);
    await runBlock(elena, 'scheduler-says-no', 0);
    for (const block of [0, 1, 2]) await runBlock(joao, 'your-two-namespaces', block);
    await page.locator('.grid .sign.passed').first().waitFor({ timeout: PATIENCE });
    await page.locator('.radar li').first().waitFor({ timeout: PATIENCE });

    await joao.locator('.raised-hand summary').click();
    await assertAccessible(joao, 'the hand');
    await joao.fill('.raised-hand input[name=note]', 'O que vem depois?');
    await joao.locator('.raised-hand form button').click();
    await joao.locator('.hand-button.up').waitFor();
    await page.locator('.hand-menu').waitFor({ timeout: PATIENCE });
    assert.match(await page.locator('.grid tbody tr').first().innerText(), /João/, 'who asks for help comes first');
    await page.locator('.hand-menu summary').click();
    assert.match(await page.locator('.hand-menu').innerText(), /O que vem depois/);
    await assertAccessible(page, 'a class with a raised hand');
    await picture(page, 'class');
    await page.locator('.hand-menu form button').click();
    await joao.locator('.hand-button:not(.up)').waitFor({ timeout: PATIENCE });

    await page.locator('.tell summary').first().click();
    await page.fill('.tell textarea', 'Look at the labels of the nodes.');
    await page.locator('.tell form button').click();
    await elena.locator('.life-line.words').waitFor({ timeout: PATIENCE });
    assert.equal(await joao.locator('.life-line.words').count(), 0, 'a hint goes only to those who stand there');
    await page.locator('[popovertarget=announce]').click();
    await assertAccessible(page, 'the words to all');
    await page.fill('#announce textarea', 'Ten minutes left.');
    await page.locator('#announce form button').click();
    await joao.locator('.life-line.words').waitFor({ timeout: PATIENCE });
    await assertAccessible(joao, 'a lesson with an announcement');
    await picture(joao, 'announced');
    await joao.reload();
    await joao.waitForFunction(() => 'live' in document.documentElement.dataset);
    let send;
    const sent = new Promise((done) => { send = done; });
    await joao.route('**/announcements/dismiss', async (route) => {
      await sent;
      await route.continue();
    });
    const closed = joao.waitForResponse((answer) => answer.request().method() !== 'GET');
    await joao.locator('.life-line.words button').click();
    await joao.locator('.life-line.words').waitFor({ state: 'detached' });
    const anew = joao.waitForResponse(/api\/v1\/lab\?/);
    await cover(joao);
    await cover(joao, false);
    await anew;
    assert.equal(await joao.locator('.life-line.words').count(), 0, 'nor does a stream bring it back before the server knows');
    send();
    await closed;
    await joao.reload();
    assert.equal(await joao.locator('.life-line.words').count(), 0, 'what was closed stays closed');

    await page.locator('.orders a').first().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    const at = await page.evaluate(() => [document.activeElement.tagName, document.activeElement.className, [...document.activeElement.closest('tbody').children].indexOf(document.activeElement.parentElement)]);
    assert.deepEqual(at, ['TD', 'grid-lab', 1], 'arrows move in the grid');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.locator('.grid .lab-menu[open]:not(.hand-menu) .button.danger').click();
    await page.locator('.grid-lab .quiet').first().waitFor({ timeout: PATIENCE });

    const again = await place.page({ expected: [/401 .*\/teach\/sign-in/] });
    await again.goto(place.server.signInLink());
    await again.locator('main form button').first().click();
    await again.waitForLoadState();
    assert.doesNotMatch(again.url(), /\/teach\/?$/);
    const third = await place.page({ expected: [/409 .*\/join/] });
    await third.goto(`${place.url}/en/join/${code}`);
    await third.locator('.problem').waitFor();
    assert.equal(await third.locator('input[name=name]').count(), 0, 'nobody types a name for nothing');
    await assertAccessible(third, 'a full class');
  });
});

journeys('an instructor', (place) => {
  test('who learns too finds no link that leads nowhere', async () => {
    const page = await place.page({ expected: [/404/] });
    await page.goto(place.server.signInLink());
    await page.locator('main form button').first().click();
    await page.waitForURL(/\/teach\/?$/);
    const code = await make(page, 'Links', 2);
    await join(page, place.url, 'pt', 'Lia');

    const found = new Set();
    for (const path of ['', 'me', 'join/open', LESSON, 'lessons/kubernetes-architecture', 'teach', `teach/classes/${code}`, 'teach/nowhere', 'nowhere']) {
      await page.goto(`${place.url}/pt/${path}`);
      for (const link of await page.locator('a[href^="/"], link[href^="/"]').all()) found.add(await link.getAttribute('href'));
    }
    const broken = [];
    for (const link of found) {
      const answer = await page.request.get(place.url + link, { headers: { accept: 'text/html' } });
      // Without a lab there is no kubeconfig yet, and the error page's own links are as wrong as its address.
      const expected = /nowhere$|kubeconfig$/.test(link) || (await answer.text()).includes('ainda está sendo escrita');
      if (answer.status() >= 400 && !expected) broken.push(`${link}: ${answer.status()}`);
    }
    assert.deepEqual(broken, []);
    assert.ok([...found].includes('/pt/teach'), 'the classes are among them');
  });
});

journeys('an instructor', (place) => {
  test('has a full class, and a change touches only the row that it is about', async () => {
    const page = await place.page();
    await page.goto(place.server.signInLink());
    await page.locator('main form button').first().click();
    await page.waitForURL(/\/teach\/?$/);
    const code = await make(page, 'Full class', 60);
    const cookies = await joinMany(place.url, code, 60);
    await page.reload();
    await page.locator('.grid tbody tr').nth(59).waitFor();
    await page.evaluate(() => {
      globalThis.touched = new Set();
      globalThis.moved = 0;
      const note = ({ type, target, attributeName }) => {
        if (attributeName === 'tabindex') return;
        const row = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement).closest('tr');
        if (row) globalThis.touched.add(row.dataset.key);
        else if (type === 'childList') globalThis.moved += 1;
      };
      const observer = new MutationObserver((all) => all.forEach(note));
      globalThis.body = document.querySelector('.grid tbody');
      observer.observe(globalThis.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });

    for (const up of [true, false]) {
      await page.evaluate(() => { globalThis.touched.clear(); globalThis.moved = 0; });
      await hand(place.url, cookies[40], up);
      await page.waitForFunction((wanted) => document.querySelectorAll('.hand-menu').length === wanted, up ? 1 : 0);
      const touched = await page.evaluate(() => globalThis.touched.size);
      assert.ok(touched >= 1 && touched <= 2, `the row, and the one that was or becomes the first: ${touched}`);
      assert.ok(await page.evaluate(() => globalThis.moved) <= 6, 'the others stay where they are');
    }
    assert.ok(await page.evaluate(() => globalThis.body.isConnected), 'what was looked at is still the grid');
    assert.equal(await page.locator('.grid tbody tr').count(), 60);
    assert.equal(await page.locator('.grid tbody [tabindex="0"]').count(), 1, 'the Tab key stops once');
    await page.locator('.grid tbody [tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    assert.equal(await page.locator('.grid tbody [tabindex="0"]').count(), 1);
  });
});
