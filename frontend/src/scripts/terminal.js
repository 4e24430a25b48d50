// A terminal on xterm.js, for the island that talks to the server. It knows nothing of sockets and labs.
import { Terminal } from './xterm.js';
import { FitAddon } from './addon-fit.js';
import { SearchAddon } from './addon-search.js';
import { WebLinksAddon } from './addon-web-links.js';

const createPlainly = document.createElement.bind(document);

/** Makes an element that takes its styles through CSSOM, which a strict content security policy allows. */
function create(tag, ...rest) {
  const element = createPlainly(tag === 'style' ? 'template' : tag, ...rest);
  if (tag === 'style') {
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
    const set = (text) => sheet.replaceSync(text);
    Object.defineProperty(element, 'textContent', { set, get: () => '' });
    Object.defineProperty(element, 'innerHTML', { set, get: () => '' });
    const remove = element.remove.bind(element);
    element.remove = () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((it) => it !== sheet);
      remove();
    };
    return element;
  }
  const plain = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value;
    else plain(name, value);
  };
  return element;
}

/** The document for everything that the terminal makes later. */
function strictDocument() {
  return new Proxy(document, {
    get(target, name) {
      if (name === 'createElement') return create;
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set(target, name, value) {
      target[name] = value;
      return true;
    },
  });
}

const theme = {
  background: '#12131b', foreground: '#e6e4df', cursor: '#e6e4df', cursorAccent: '#12131b', selectionBackground: '#4a5070',
  black: '#3a3d4a', red: '#f08b80', green: '#86cf9c', yellow: '#e3bf7d', blue: '#9db0f5', magenta: '#d3a6ea', cyan: '#7fd0c8', white: '#d6d4cf',
  brightBlack: '#8b8e9b', brightRed: '#f6a79e', brightGreen: '#a3e0b5', brightYellow: '#efd29b', brightBlue: '#b7c6ff', brightMagenta: '#e2c0f4', brightCyan: '#9fe3dc', brightWhite: '#ffffff',
};

/** Opens a terminal in `element`. `handlers`: `data(text)`, `resize(columns, rows)`, `leave()`. */
export async function open(element, handlers) {
  await document.fonts.load('13px "Hangar Mono"').catch(() => {});
  const terminal = new Terminal({
    allowProposedApi: true, cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches, documentOverride: strictDocument(),
    fontFamily: '"Hangar Mono", ui-monospace, Menlo, Consolas, monospace', fontSize: 13, lineHeight: 1.25, minimumContrastRatio: 4.5, scrollback: 5000, theme,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_, address) => window.open(address, '_blank', 'noopener')));
  // Its scroll bar asks the page's own document for a style sheet.
  document.createElement = create;
  try { terminal.open(element); } finally { delete document.createElement; }
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyE') {
      if (event.type === 'keydown') handlers.leave();
      return false;
    }
    return true;
  });
  terminal.onData((text) => handlers.data(text));
  terminal.onResize(({ cols, rows }) => handlers.resize(cols, rows));
  terminal.onSelectionChange(() => {
    if (terminal.hasSelection()) navigator.clipboard?.writeText(terminal.getSelection()).catch(() => {});
  });
  await draw(terminal);
  fit.fit();
  new ResizeObserver(() => { if (element.clientWidth > 40) fit.fit(); }).observe(element);
  return {
    columns: () => terminal.cols,
    rows: () => terminal.rows,
    write: (bytes, done) => terminal.write(bytes, done),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    type: (text) => { terminal.paste(text); terminal.input('\r', true); },
    find: (text) => search.findNext(text, { incremental: true }),
    reader: (on) => { terminal.options.screenReaderMode = on; },
    close: () => terminal.dispose(),
  };
}

/** Draws with WebGL where there is a real one; the DOM does it otherwise. */
async function draw(terminal) {
  const probe = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (!probe) return;
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  const { WebglAddon } = await import('./addon-webgl.js');
  try {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch { /* The DOM draws. */ }
}
