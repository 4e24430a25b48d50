// The class page: it asks for itself again when the server says that the class has changed, and changes what differs.
// The grid is one stop of the Tab key; arrows move in it, Enter goes into a cell and Escape back to it.
const area = document.querySelector('.class');
const { change } = globalThis.hangar;
/** So long after a change the next is not asked for, and so often the page is asked for without one, in milliseconds. */
const PAUSE = 800;
const QUIET = 15_000;

/** A learner's row in the page's text: no row holds another, and no name holds a tag. */
const ROW = /<tr data-key="([^"]*)"[^>]*>.*?<\/tr>/gs;

let asked = 0;
let waiting = false;
/** The rows as they were last sent. The page's own are as good as sent: where the browser writes a row in another way, it
 * counts as changed once. */
let sent = new Map([...area.querySelectorAll('.grid tbody tr')].map((row) => [row.dataset.key, row.outerHTML]));

/** The page's text with every row left out that was sent like this before: parsing and comparing a thousand takes long. */
function changes(text) {
  const before = sent;
  sent = new Map();
  return text.replace(ROW, (row, key) => {
    sent.set(key, row);
    return before.get(key) === row ? `<tr data-key="${key}" data-same></tr>` : row;
  });
}

async function read() {
  asked = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(changes(await answer.text()), 'text/html').querySelector('.class');
    if (!answer.ok || !fresh) throw new Error();
    for (const menu of area.querySelectorAll('details[open]')) fresh.querySelector(`[data-key="${menu.dataset.key}"]`)?.setAttribute('open', '');
    const held = document.activeElement?.closest('.grid tbody');
    change(area, fresh);
    settle(Boolean(held && !document.activeElement?.closest('.grid tbody')));
  } catch {
    sent.clear();
    area.querySelector('.class-line').textContent = area.dataset.failed;
  }
}

/** Reads soon; many changes at once are read together. */
function changed() {
  if (waiting || document.hidden) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    read();
  }, Math.max(0, asked + PAUSE - Date.now()));
}

/** The server's word; a page that nobody sees does without one, as a browser has few connections to a server. */
let stream = null;
function follow() {
  stream?.close();
  stream = document.hidden ? null : new EventSource(area.dataset.events);
  stream?.addEventListener('grid', changed);
}

follow();
setInterval(() => { if (!document.hidden && Date.now() - asked > QUIET) read(); }, 1000);
document.addEventListener('visibilitychange', () => {
  follow();
  changed();
});

area.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  event.preventDefault();
  // A field called `action` hides the form's own.
  const answer = await fetch(form.getAttribute('action'), { method: 'POST', redirect: 'manual', body: new URLSearchParams(new FormData(form)) }).catch(() => null);
  const done = answer?.ok || answer?.type === 'opaqueredirect';
  if (!done) area.querySelector('.class-line').textContent = area.dataset.refused;
  const menu = form.closest('details');
  if (done && menu) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
  if (done) form.closest('[popover]')?.hidePopover();
  await read();
  if (done && form.dataset.said) area.querySelector('.class-line').textContent = form.dataset.said;
});

/** Where the reader is in the grid: the row's key and the column. */
let place = { key: '', column: 0 };
/** The cell there. */
let stop = null;

const rows = () => [...area.querySelectorAll('.grid tbody tr')];
function here() {
  const row = rows().find((it) => it.dataset.key === place.key) ?? rows()[0];
  return row?.children[Math.min(place.column, row.children.length - 1)];
}

/** Makes one cell the grid's only stop of the Tab key. */
function rove(cell, focus) {
  if (!cell) return;
  if (stop && stop !== cell) stop.tabIndex = -1;
  stop = cell;
  cell.tabIndex = 0;
  place = { key: cell.parentElement.dataset.key, column: [...cell.parentElement.children].indexOf(cell) };
  if (focus) cell.focus();
}

/** The rows that have come make the first their stop, and menus are reached from their cell. */
function settle(focus) {
  for (const cell of area.querySelectorAll('.grid tbody [tabindex="0"]')) cell.tabIndex = -1;
  for (const menu of area.querySelectorAll('.grid tbody summary:not([tabindex])')) menu.tabIndex = -1;
  rove(here(), focus);
}

const cellOf = (element) => element.closest('.grid tbody tr > *');

area.addEventListener('focusin', (event) => {
  const cell = cellOf(event.target);
  if (cell) rove(cell, false);
});

area.addEventListener('keydown', (event) => {
  const cell = cellOf(event.target);
  if (!cell) return;
  if (cell !== event.target) {
    if (event.key === 'Escape') cell.focus();
    return;
  }
  const row = cell.parentElement;
  const all = rows();
  const column = [...row.children].indexOf(cell);
  const at = all.indexOf(row);
  const down = (by) => all[Math.max(0, Math.min(all.length - 1, at + by))].children[column];
  const far = event.ctrlKey;
  const next = {
    ArrowRight: () => row.children[column + 1], ArrowLeft: () => row.children[column - 1],
    ArrowDown: () => down(1), ArrowUp: () => down(-1), PageDown: () => down(10), PageUp: () => down(-10),
    Home: () => (far ? all[0] : row).firstElementChild, End: () => (far ? all.at(-1) : row).lastElementChild,
    Enter: () => cell.querySelector('summary, a, button'),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  if (cellOf(next) === next) rove(next, true);
  else next.focus();
});

settle(false);
