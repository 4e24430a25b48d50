// Changes a lesson's language in place. The text becomes the other page's; every island keeps its element and gets
// the state that the server has for it in that language; the dock, with the terminals, is never moved.
const { change, update, renewed } = globalThis.hangar;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Which page is shown: a step in the history within one page is none of ours. */
let shown = location.pathname;
let asked = 0;

/** Shows the page at `address`, which is this one in another language; when that cannot be, it fails. */
export async function turn(address, step = true) {
  const turn = ++asked;
  const next = await read(address);
  if (turn !== asked) return;
  if (!matches(next)) throw new Error('the course has changed');
  const back = where();
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  describe(next);
  states(next);
  for (const { name, value } of next.body.attributes) document.body.setAttribute(name, value);
  for (const part of ['.skip', '.bar', '.rail']) update(document.querySelector(part), next.querySelector(part));
  for (const part of ['.page-life', '.dock']) change(document.querySelector(part), next.querySelector(part));
  document.querySelector('.dock-place').ariaLabel = next.querySelector('.dock-place').ariaLabel;
  text(next);
  const url = new URL(address);
  shown = url.pathname;
  if (step) history.pushState(null, '', url.pathname + url.search + url.hash);
  renewed();
  document.dispatchEvent(new Event('turned'));
  document.querySelector('.turned').textContent = `${document.querySelector('.languages [aria-current]').title}: ${next.title}`;
  back();
}

addEventListener('popstate', () => {
  // Whoever has come back before the other page was there stays.
  if (location.pathname === shown) asked += 1;
  else turn(location.href, false).catch(() => location.reload());
});

async function read(address) {
  const answer = await fetch(address, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) throw new Error(`${address}: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

const islands = (root) => all('leptos-island', root);

/** Whether the other page has the same islands: it does, unless the course has changed since this one was opened. */
function matches(next) {
  const [mine, theirs] = [islands(document), islands(next)];
  return mine.length === theirs.length && mine.every((it, at) => it.dataset.component === theirs[at].dataset.component);
}

function states(next) {
  const theirs = islands(next);
  islands(document).forEach((island, at) => {
    const state = theirs[at].querySelector('[data-state]')?.dataset.state;
    if (state) island.querySelector('[data-state]')?.setAttribute('data-state', state);
  });
}

function describe(next) {
  const own = 'meta[name=description]';
  document.querySelector(own).content = next.querySelector(own).content;
}

/** The lesson's text. Its cards move into the new one; how its commands ended and what was unfolded is seen there, too. */
function text(next) {
  const main = document.querySelector('main');
  const fresh = document.adoptNode(next.querySelector('main'));
  const [mine, theirs] = [islands(main), islands(fresh)];
  for (const mark of all('.block [data-mark]', main)) {
    const block = fresh.querySelector(`[id="${mark.closest('.block').id}"]`);
    const line = block && all('.line', block)[all('.line', mark.closest('.block')).indexOf(mark)];
    if (line) Object.assign(line.dataset, mark.dataset);
  }
  const unfolded = (root) => all('details', root).filter((it) => !it.closest('leptos-island'));
  const folds = unfolded(fresh);
  unfolded(main).forEach((it, at) => { if (it.open && folds[at]) folds[at].open = true; });
  const held = document.activeElement;
  const inside = main.contains(held);
  theirs.forEach((it, at) => it.replaceWith(mine[at]));
  main.replaceChildren(...fresh.childNodes);
  if (inside) (held.isConnected ? held : main).focus({ preventScroll: true });
}

/** Remembers what stands at the top of the window; the answer brings it back there. */
function where() {
  const anchor = all('.lesson :is(h2, h3, h4, .block)[id]').filter((it) => it.getBoundingClientRect().top < 140).pop();
  if (!anchor) return () => {};
  const { id } = anchor;
  const { top } = anchor.getBoundingClientRect();
  return () => {
    const now = document.getElementById(id)?.getBoundingClientRect().top ?? top;
    scrollBy({ top: now - top, behavior: 'instant' });
  };
}
