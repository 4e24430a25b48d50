// What a learner does, in words.
import assert from 'node:assert/strict';

/** The first exercise of the first lesson. */
export const FIRST = 'your-two-namespaces';
/** How long anything may take on a busy machine, in milliseconds. */
const PATIENCE = 30_000;

/** The first lesson. */
export const LESSON = 'lessons/hybrid-mode-intro';

export async function join(page, url, language, name, code = 'open') {
  await page.goto(`${url}/${language}/join/${code}`);
  await page.fill('input[name=name]', name);
  await page.click('main form button.primary');
  await page.waitForURL((at) => !at.pathname.includes('/join'));
}

/** What a page of this server would send with a change. */
const headers = (url, cookie = '') => ({ 'content-type': 'application/json', origin: url, 'sec-fetch-site': 'same-origin', cookie });

/** Lets so many join without a browser; says the cookie of each. */
export async function joinMany(url, code, count) {
  const one = async (_, number) => {
    const body = JSON.stringify({ name: `Learner ${number}`, language: 'en' });
    const answer = await fetch(`${url}/api/v1/classes/${code}/join`, { method: 'POST', headers: headers(url), body });
    assert.equal(answer.ok, true, `${answer.status}`);
    return answer.headers.getSetCookie().map((it) => it.split(';')[0]).join('; ');
  };
  return Promise.all(Array.from({ length: count }, one));
}

/** Raises or lowers the hand of one who joined without a browser. */
export async function hand(url, cookie, up) {
  const body = up ? JSON.stringify({ note: '' }) : undefined;
  const answer = await fetch(`${url}/api/v1/help`, { method: up ? 'POST' : 'DELETE', headers: headers(url, cookie), body });
  assert.equal(answer.ok, true, `${answer.status}`);
}

/** Joins and opens a lesson. */
export async function arrive(page, url, language, name, { lesson = LESSON, code } = {}) {
  await join(page, url, language, name, code);
  await page.goto(`${url}/${language}/${lesson}`);
}

/** Presses *Start lab* in the bar and waits until the lab is ready and its shell has a prompt. */
export async function startLab(page) {
  await page.locator('.lab-pill button').first().click();
  await page.locator('.shells .xterm').first().waitFor({ timeout: PATIENCE });
  await page.locator('.lab-pill .pill > .sign.passed').first().waitFor({ timeout: PATIENCE });
}

/** Presses *Run* of the n-th block (from 0) of an exercise and waits until it is through. */
export async function runBlock(page, exercise, index) {
  const block = page.locator(`.block[data-run="${exercise}"]`).nth(index);
  await block.locator('[data-do=run]').click();
  await untilEnded(page, exercise, index);
}

/** Waits until each command of a block has ended as it should. */
export async function untilEnded(page, exercise, index) {
  await page.waitForFunction(
    ([id, at]) => {
      const found = document.querySelectorAll(`.block[data-run="${id}"]`)[at];
      const ended = (line) => line.dataset.mark && line.dataset.mark !== 'busy';
      return [...found.querySelectorAll('.line.first')].every(ended) && !found.querySelector('.block-note p');
    },
    [exercise, index],
    { timeout: PATIENCE },
  );
}

/** Joins, opens the first lesson and does its exercise. */
export async function passFirst(page, url, language, name) {
  await arrive(page, url, language, name);
  await doFirst(page);
}

/** Starts her lab on the first lesson and does its exercise. */
export async function doFirst(page) {
  await startLab(page);
  for (const block of [0, 1, 2]) await runBlock(page, FIRST, block);
  await untilHolding(page, FIRST, 2);
}

/** The card of an exercise. */
export const card = (page, exercise) => page.locator(`section[aria-labelledby="exercise-${exercise}"]`);

/** Waits until exactly so many checks of a card hold. */
export async function untilHolding(page, exercise, count) {
  await page.waitForFunction(
    ([id, wanted]) => {
      const found = document.querySelector(`section[aria-labelledby="exercise-${id}"]`);
      return found?.querySelectorAll('.checks .sign.passed').length === wanted;
    },
    [exercise, count],
    { timeout: PATIENCE },
  );
}

/** Types a command into the shell, as a person would. */
export async function type(page, command) {
  await page.locator('.shells .xterm-helper-textarea').first().focus();
  await page.keyboard.type(command);
  await page.keyboard.press('Enter');
}

/** What a card says is wrong. */
export async function reason(page, exercise) {
  const why = card(page, exercise).locator('.why').first();
  await why.waitFor({ timeout: PATIENCE });
  const words = (await why.innerText()).trim();
  assert.notEqual(words, '');
  return words;
}

/** Presses Tab (or what `key` says) until the keyboard is at what `selector` names. */
export async function tabTo(page, selector, key = 'Tab') {
  for (let pressed = 0; pressed < 250; pressed += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the keyboard never came to ${selector}`);
}

/** Opens the preview of a change from an exercise's card, and waits until it says what would change. */
export async function preview(page, exercise, which) {
  await card(page, exercise).locator(`[data-do=plan]${which === 'reset' ? '[data-with=reset]' : ':not([data-with=reset])'}`).click();
  await page.locator('dialog.plan button.primary:not([disabled])').waitFor({ timeout: PATIENCE });
}
