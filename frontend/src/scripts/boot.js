// Starts the islands, and does what needs no WebAssembly: themes, the place in the text, local times.
// It follows the protocol of leptos 0.8: every `leptos-island` names an exported function.
const page = document.body.dataset;
const language = () => document.documentElement.lang;

const hangar = {
  /** Makes `element` hold `html` by changing only what differs; focus and open menus stay. */
  patch(element, html) {
    const wanted = document.createElement('template');
    wanted.innerHTML = html;
    change(element, wanted.content);
  },
  change,
  update,
  /** What the scripts have added to the page is added to what has come anew. */
  renewed() {
    place();
    times();
    restore();
  },
  /** Puts `text` on the clipboard, if the browser lets it; a page without TLS has only the old way. */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* Not allowed, or not there. */ }
    const held = document.activeElement;
    const field = Object.assign(document.createElement('textarea'), { value: text, readOnly: true, className: 'sr-only' });
    (held?.closest('dialog, [popover]') ?? document.body).append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    held?.focus({ preventScroll: true });
    return done;
  },
  /** The time of day, or the date and the time, where the reader is. */
  clock: (at) => new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' }).format(at),
  /** Shows the dialog in `element` above the page; `closed` is called when it is closed, by whomever. */
  modal(element, closed) {
    const dialog = element.querySelector('dialog');
    dialog.addEventListener('close', closed, { once: true });
    dialog.showModal();
  },
  /** Closes it; the keyboard goes back to where it was. */
  dismiss: (element) => element.querySelector('dialog')?.close(),
  /** The terminal's module, loaded when it is needed. */
  terminal() {
    if (!document.querySelector(`link[href="${page.terminalStyle}"]`)) {
      document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: page.terminalStyle }));
    }
    return import(page.terminal);
  },
};
globalThis.hangar = hangar;

/** Changes what differs. Should the element go that the keyboard is at, one that takes its place gets the keyboard. */
function change(element, wanted) {
  const held = document.activeElement;
  const inside = held !== element && element.contains(held);
  morph(element, wanted);
  if (!inside) return;
  if (held.isConnected && held.checkVisibility()) {
    // What is moved loses the keyboard, although it stays.
    if (document.activeElement !== held) held.focus({ preventScroll: true });
    return;
  }
  const like = [...element.querySelectorAll('a[href], button:enabled, summary, input, textarea, [tabindex="0"]')].filter((it) => it.checkVisibility());
  const next = like.find((it) => it.dataset.do && it.dataset.do === held.dataset.do) ?? like[0] ?? element.querySelector('h2, h3') ?? document.querySelector('main');
  if (!next.matches('a, button, summary, input, textarea, [tabindex]')) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

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
    // Where one went down, one moves, not all that it passed.
    if (have !== at && have === at?.nextSibling && at.dataset?.key) {
      from.append(at);
      at = have;
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

/** Makes an element equal to another, but for what an island keeps inside of it; one that says it is the same stays as it is. */
function update(have, want) {
  if (want.dataset && 'same' in want.dataset) return;
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && name !== 'open') have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
  if (!('own' in have.dataset)) morph(have, want);
}

/** When the page is on the screen: what is read comes before what is clicked. A hidden tab is never painted, so it does not
 * wait; one that is hidden meanwhile, or a browser that does not tell, waits a second. */
const painted = () => new Promise((done) => {
  // The first paint may have shown a part of the page only; the frame after it shows the whole.
  new PerformanceObserver(() => requestAnimationFrame(() => setTimeout(done))).observe({ type: 'paint', buffered: true });
  setTimeout(done, 1000);
});

/** Lets the browser answer the reader first. Nobody waits for a hidden tab, whose timers are slow. */
const breath = () => (document.hidden ? null : new Promise((done) => { setTimeout(done); }));

async function hydrate() {
  // From the end: the dock carries out what cards and page ask for, and so is there before them.
  const islands = [...document.querySelectorAll('leptos-island')].reverse();
  if (!page.app || islands.length === 0) return;
  if (!document.hidden) await painted();
  const app = await import(page.app);
  await app.default({ module_or_path: page.wasm });
  app.hydrate();
  for (const island of islands) {
    await breath();
    app[island.dataset.component]?.(island);
  }
  app.follow();
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

/** Whoever watched where the reader is, until the text changes. */
let watching = [];

function place() {
  for (const observer of watching) observer.disconnect();
  watching = [];
  const links = new Map([...document.querySelectorAll('.rail-here a')].map((it) => [it.hash.slice(1), it]));
  const anchored = [...document.querySelectorAll('.lesson [id]')].filter((it) => /^H[2-4]$/.test(it.tagName));
  const current = () => anchored.filter((it) => it.getBoundingClientRect().top < 140).pop();
  for (const link of document.querySelectorAll('a[hreflang]')) link.onclick = () => { link.hash = current()?.id ?? ''; };
  if (links.size === 0) return;
  const follow = () => {
    const passed = anchored.filter((it) => links.has(it.id) && it.getBoundingClientRect().top < 140).pop();
    for (const [id, link] of links) {
      if (id === passed?.id) link.setAttribute('aria-current', 'location');
      else link.removeAttribute('aria-current');
    }
  };
  // An observer tells first of what is there already, as soon as that has its place; asking here would have the page laid out at once.
  const watch = (headings, rootMargin) => {
    const observer = new IntersectionObserver(follow, { rootMargin });
    for (const heading of headings) observer.observe(heading);
    watching.push(observer);
  };
  watch([document.querySelector('h1')], '-130px 0px -60% 0px');
  watch(anchored, '-130px 0px 0px 0px');
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
  const all = document.querySelectorAll('time[data-local]');
  // To learn how a place writes its times takes longer than anything else here.
  if (all.length === 0) return;
  const format = new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' });
  for (const time of all) time.textContent = format.format(new Date(time.dateTime));
}

function sizes() {
  for (const name of ['dock', 'split']) {
    const value = localStorage.getItem(`hangar.${name}`);
    if (!value) continue;
    document.documentElement.style.setProperty(`--${name}`, `${value}%`);
    document.querySelector(`[data-resize=${name}]`)?.setAttribute('aria-valuenow', value);
  }
}

function restore() {
  try { sizes(); } catch { /* Storage may be forbidden; the sizes are then the usual ones. */ }
}

/** Beside a terminal the language changes in place; elsewhere there is nothing to lose. */
function languages() {
  if (!document.querySelector('.frame .dock-place')) return;
  document.addEventListener('click', (event) => {
    const link = event.target.closest('.languages a');
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || !('live' in document.documentElement.dataset)) return;
    event.preventDefault();
    import('./language.js').then(({ turn }) => turn(link.href)).catch(() => location.assign(link.href));
  });
}

/** What stays in view begins below the line at the top, however tall that is. */
function line() {
  const life = document.querySelector('.page-life');
  if (!life) return;
  const { style } = document.documentElement;
  let height = 0;
  new ResizeObserver(() => {
    // The whole page takes its measures from it: what is the same is not set again.
    if (life.offsetHeight !== height) style.setProperty('--life', `${height = life.offsetHeight}px`);
  }).observe(life);
}

themes();
line();
place();
menus();
times();
restore();
languages();
hydrate();
