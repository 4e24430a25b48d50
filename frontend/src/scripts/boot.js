// Starts the islands, and does what needs no WebAssembly: themes, the place in the text, local times.
// It follows the protocol of leptos 0.8: every `leptos-island` names an exported function.
const page = document.body.dataset;
const language = document.documentElement.lang;

const hangar = {
  /** Makes `element` hold `html` by changing only what differs; focus and open menus stay. */
  patch(element, html) {
    const wanted = document.createElement('template');
    wanted.innerHTML = html;
    morph(element, wanted.content);
  },
  /** The time of day, or the date and the time, where the reader is. */
  clock: (at) => new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(at),
  /** The terminal's module, loaded when it is needed. */
  terminal() {
    if (!document.querySelector(`link[href="${page.terminalStyle}"]`)) {
      document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: page.terminalStyle }));
    }
    return import(page.terminal);
  },
};
globalThis.hangar = hangar;

function morph(from, to) {
  const keyed = new Map([...from.children].filter((it) => it.dataset.key).map((it) => [it.dataset.key, it]));
  let at = from.firstChild;
  for (const want of [...to.childNodes]) {
    const key = want.dataset?.key;
    const have = key ? keyed.get(key) : at && !at.dataset?.key ? at : null;
    if (!have || have.nodeName !== want.nodeName) {
      from.insertBefore(want, at);
      continue;
    }
    if (have === at) at = at.nextSibling;
    else from.insertBefore(have, at);
    if (have.nodeType === Node.ELEMENT_NODE) update(have, want);
    else if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function update(have, want) {
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && name !== 'open') have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
  morph(have, want);
}

async function hydrate() {
  const islands = document.querySelectorAll('leptos-island');
  if (!page.app || islands.length === 0) return;
  const app = await import(page.app);
  await app.default({ module_or_path: page.wasm });
  app.hydrate();
  for (const island of islands) app[island.dataset.component]?.(island);
  document.documentElement.dataset.live = '';
}

function themes() {
  const form = document.querySelector('.themes');
  const order = ['auto', 'dark', 'light'];
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const chosen = button.value;
    if (chosen === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    fetch(form.action, { method: 'POST', redirect: 'manual', body: new URLSearchParams(new FormData(form, button)) }).catch(() => {});
    button.value = order[(order.indexOf(chosen) + 1) % 3];
    button.title = `${button.dataset.label}: ${button.dataset[button.value]}`;
    button.setAttribute('aria-label', button.title);
  });
}

function place() {
  const links = new Map([...document.querySelectorAll('.rail-here a')].map((it) => [it.hash.slice(1), it]));
  const anchored = [...document.querySelectorAll('.lesson [id]')].filter((it) => /^H[2-4]$/.test(it.tagName));
  const current = () => anchored.filter((it) => it.getBoundingClientRect().top < 140).pop();
  for (const link of document.querySelectorAll('a[hreflang]')) {
    link.addEventListener('click', () => { link.hash = current()?.id ?? ''; });
  }
  if (links.size === 0) return;
  const follow = () => {
    const passed = anchored.filter((it) => links.has(it.id) && it.getBoundingClientRect().top < 140).pop();
    for (const [id, link] of links) link.toggleAttribute('aria-current', id === passed?.id);
  };
  new IntersectionObserver(follow, { rootMargin: '-130px 0px -60% 0px' }).observe(document.querySelector('h1'));
  for (const heading of anchored) new IntersectionObserver(follow, { rootMargin: '-130px 0px 0px 0px' }).observe(heading);
  follow();
menus();
}

/** Keeps a class up to date: the page is asked for again, and what differs is changed. */
function follow() {
  const area = document.querySelector('.class');
  if (!area) return;
  const read = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.class');
      if (!answer.ok || !fresh) throw new Error();
      for (const menu of area.querySelectorAll('details[open]')) fresh.querySelector(`[data-key="${menu.dataset.key}"]`)?.setAttribute('open', '');
      morph(area, fresh);
    } catch {
      area.querySelector('[role=alert]').textContent = area.dataset.failed;
    }
  };
  setInterval(() => { if (!document.hidden) read(); }, 2000);
  area.addEventListener('submit', async (event) => {
    event.preventDefault();
    await fetch(event.target.action, { method: 'POST', redirect: 'manual', body: new URLSearchParams(new FormData(event.target)) }).catch(() => {});
    read();
  });
  area.addEventListener('keydown', (event) => {
    const cell = event.target.closest('.grid tbody tr > *');
    if (!cell || cell !== event.target) return;
    const row = cell.parentElement;
    const column = [...row.children].indexOf(cell);
    const next = {
      ArrowRight: () => row.children[column + 1], ArrowLeft: () => row.children[column - 1], Home: () => row.firstElementChild, End: () => row.lastElementChild,
      ArrowDown: () => row.nextElementSibling?.children[column], ArrowUp: () => row.previousElementSibling?.children[column],
    }[event.key]?.();
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

/** Menus close when the reader turns to something else. */
function menus() {
  const open = () => document.querySelectorAll('.pill-menu[open], .lab-menu[open]');
  document.addEventListener('click', (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of open()) {
      const held = menu.contains(document.activeElement);
      menu.open = false;
      if (held) menu.querySelector('summary').focus();
    }
  });
}

function times() {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  for (const time of document.querySelectorAll('time[data-local]')) time.textContent = format.format(new Date(time.dateTime));
}

function sizes() {
  for (const name of ['dock', 'split']) {
    const value = localStorage.getItem(`hangar.${name}`);
    if (value) document.documentElement.style.setProperty(`--${name}`, `${value}%`);
  }
}

themes();
place();
follow();
times();
try { sizes(); } catch { /* Storage may be forbidden; the sizes are then the usual ones. */ }
hydrate();
