//! One shell: a terminal, its WebSocket, and the blocks that are being typed into it.
//!
//! **Invariant:** bytes are acknowledged only when the terminal has drawn them. A line that is cut is opened again
//! with a growing pause; the server repaints, so the terminal is emptied first. What is typed while the line is
//! being opened is kept for it. Whatever listens to a socket or to the terminal goes with it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use maud::{Markup, html};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, HtmlElement, MessageEvent, WebSocket};
use wire::{FromTerminal, ToTerminal};

use super::json::Json;
use super::store::Happening;
use super::{decode, dom, marks, reader, store};
use crate::model::typist::{Job, Step, Typist};
use crate::views::dock;

/// So many drawn bytes are acknowledged together.
const ACKNOWLEDGE: u64 = 8 * 1024;

/// So many bytes are kept of what is typed before the shell is there: as many as the server takes at once.
const MOST_EARLY: usize = 64 * 1024;

/// One shell; a handle.
#[derive(Clone)]
pub(crate) struct Shell(Rc<Inner>);

struct Inner {
    number: u32,
    place: HtmlElement,
    note: Option<HtmlElement>,
    terminal: RefCell<Option<Terminal>>,
    line: RefCell<Option<Line>>,
    typist: RefCell<Typist>,
    /// What was typed before the shell was there.
    early: RefCell<String>,
    drawn: Cell<u64>,
    acknowledged: Cell<u64>,
    pause: Cell<i32>,
    /// Another window types into this shell.
    watching: Cell<bool>,
    /// There is no line, and none is being opened: the shell has ended, or there can be none.
    hung_up: Cell<bool>,
    ended: Cell<bool>,
    closed: Cell<bool>,
}

/// A terminal on the page, with what it calls.
struct Terminal {
    object: JsValue,
    _data: Closure<dyn FnMut(String)>,
    _resize: Closure<dyn FnMut(u16, u16)>,
    _leave: Closure<dyn FnMut()>,
}

/// A socket, with those who listen to it.
struct Line {
    socket: WebSocket,
    /// The shell is at its other end.
    ready: bool,
    _listeners: [dom::Listener; 3],
}

impl Shell {
    /// Opens a terminal in the dock and connects it.
    pub(crate) fn open(dock: &HtmlElement, number: u32) -> Self {
        let place: HtmlElement = dom::document()
            .create_element("div")
            .ok()
            .and_then(|it| it.dyn_into().ok())
            .expect("a document makes elements");
        place.set_class_name("shell");
        if let Some(shells) = dom::find(dock, ".shells") {
            let _ = shells.append_child(&place);
        }
        let shell = Self(Rc::new(Inner {
            number,
            place,
            note: dom::find(dock, ".shell-note"),
            terminal: RefCell::default(),
            line: RefCell::default(),
            typist: RefCell::default(),
            early: RefCell::default(),
            drawn: Cell::new(0),
            acknowledged: Cell::new(0),
            pause: Cell::new(400),
            watching: Cell::new(false),
            hung_up: Cell::new(false),
            ended: Cell::new(false),
            closed: Cell::new(false),
        }));
        shell.say(
            html! { div class="shell-line" role="status" { (reader().texts.shell_connecting) } },
        );
        for turned_to in ["focusin", "pointerdown"] {
            let taking = shell.clone();
            dom::on(&shell.0.place, turned_to, move |_| taking.take());
        }
        let opening = shell.clone();
        leptos::task::spawn_local(async move {
            match opening.load().await {
                Ok(()) => opening.connect(),
                Err(_) => opening.offer(reader().texts.failed),
            }
        });
        shell
    }

    /// Its number in the row.
    pub(crate) fn number(&self) -> u32 {
        self.0.number
    }

    /// Shows or hides it.
    pub(crate) fn show(&self, shown: bool) {
        self.0.place.set_hidden(!shown);
    }

    /// Finds text in what it has printed.
    pub(crate) fn find(&self, text: &str) {
        self.tell("find", &[&text.into()]);
    }

    /// Switches the screen-reader mode.
    pub(crate) fn reader(&self, on: bool) {
        self.tell("reader", &[&on.into()]);
    }

    /// Ends the connection and removes the terminal. The shell itself lives on in the lab.
    pub(crate) fn close(self) {
        self.0.closed.set(true);
        self.hang_up();
        self.tell("close", &[]);
        self.0.terminal.take();
        self.0.place.remove();
    }

    /// Connects again after the shell has ended.
    pub(crate) fn reopen(&self) {
        self.0.pause.set(400);
        self.connect();
    }

    /// The page is in another language now: what is said below the terminal is said again.
    pub(crate) fn turned(&self) {
        if self.0.ended.get() {
            self.offer(reader().texts.shell_ended);
        } else {
            self.retry();
        }
    }

    /// Connects again where there could be no shell; one that has ended waits until it is wanted.
    pub(crate) fn retry(&self) {
        if self.0.hung_up.get() && !self.0.ended.get() {
            self.reopen();
        }
    }

    /// Types the commands one after the other, each when the one before has ended well.
    pub(crate) fn run(&self, jobs: &[Job]) {
        if self.0.typist.borrow_mut().take(jobs) {
            jobs.first().into_iter().for_each(|job| marks::clear_from(reader(), job));
        }
        self.tell("focus", &[]);
        if self.0.hung_up.get() {
            self.reopen();
        }
        self.next();
    }

    fn next(&self) {
        let Some(job) = self.0.typist.borrow_mut().turn() else { return };
        marks::begun(reader(), &job);
        self.tell("type", &[&JsValue::from(job.text.as_str())]);
    }

    fn carry_out(&self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Later => self.later_next(),
                Step::Happened => store::tell(&Happening::CommandEnded),
                Step::Ended(job, outcome, left) => {
                    marks::ended(reader(), &job, outcome, &left);
                }
                Step::LeftOut(jobs) => marks::left_out(reader(), &jobs),
            }
        }
    }

    fn tell(&self, name: &str, arguments: &[&JsValue]) -> Option<JsValue> {
        let terminal = self.0.terminal.borrow().as_ref()?.object.clone();
        dom::call(&terminal, name, arguments).ok()
    }

    async fn load(&self) -> Result<(), JsValue> {
        let module = JsFuture::from(js_sys::Promise::from(dom::helper("terminal", &[])?)).await?;
        let (typed, sized) = (self.clone(), self.clone());
        let data = Closure::<dyn FnMut(String)>::new(move |text: String| typed.typed(&text));
        let resize = Closure::<dyn FnMut(u16, u16)>::new(move |cols, rows| {
            sized.send(&ToTerminal::Resize { cols, rows });
        });
        let leave = Closure::<dyn FnMut()>::new(leave);
        let handlers = dom::object(&[
            ("data", dom::function(&data)),
            ("resize", dom::function(&resize)),
            ("leave", dom::function(&leave)),
        ]);
        let opening = dom::call(&module, "open", &[&self.0.place, &handlers])?;
        let object = JsFuture::from(js_sys::Promise::from(opening)).await?;
        let terminal = Terminal { object, _data: data, _resize: resize, _leave: leave };
        *self.0.terminal.borrow_mut() = Some(terminal);
        if self.0.closed.get() {
            // The lab went while the terminal was on its way.
            self.tell("close", &[]);
            self.0.terminal.take();
        } else if self.0.typist.borrow().is_waiting() {
            // Run was pressed meanwhile.
            self.tell("focus", &[]);
        }
        Ok(())
    }

    fn connect(&self) {
        if self.0.closed.get() {
            return;
        }
        self.0.hung_up.set(false);
        self.0.ended.set(false);
        let location = dom::window().location();
        let secure = location.protocol().is_ok_and(|it| it == "https:");
        let scheme = if secure { "wss" } else { "ws" };
        let host = location.host().unwrap_or_default();
        let (cols, rows) = self.size();
        // Who looks at this window types here, also after the line was cut.
        let take = dom::document().has_focus().unwrap_or(false);
        let address = format!(
            "{scheme}://{host}/api/v1/lab/terminal?session=shell-{}&cols={cols}&rows={rows}&take={take}&lang={}",
            self.0.number,
            reader().language.code()
        );
        let Ok(socket) = WebSocket::new(&address) else { return };
        socket.set_binary_type(BinaryType::Arraybuffer);
        self.0.drawn.set(0);
        self.0.acknowledged.set(0);
        let (opened, message, closed) = (self.clone(), self.clone(), self.clone());
        let listeners = [
            dom::listen(&socket, "open", move |_| opened.send_size()),
            dom::listen(&socket, "message", move |event| {
                if let Some(event) = event.dyn_ref::<MessageEvent>() {
                    message.receive(&event.data());
                }
            }),
            dom::listen(&socket, "close", move |_| closed.lost()),
        ];
        *self.0.line.borrow_mut() = Some(Line { socket, ready: false, _listeners: listeners });
    }

    fn lost(&self) {
        if self.0.line.take().is_none() {
            return;
        }
        self.0.typist.borrow_mut().cut();
        let texts = reader().texts;
        self.say(html! { div class="shell-line" role="status" { (texts.shell_reconnecting) } });
        let pause = self.0.pause.get();
        self.0.pause.set((pause * 2).min(10_000));
        let shell = self.clone();
        dom::after(pause, move || shell.connect());
    }

    fn receive(&self, data: &JsValue) {
        if let Some(text) = data.as_string() {
            if let Some(message) = Json::parse(&text).as_ref().and_then(decode::terminal) {
                self.control(message);
            }
            return;
        }
        let Some(buffer) = data.dyn_ref::<ArrayBuffer>() else { return };
        let bytes = Uint8Array::new(buffer);
        let count = u64::from(bytes.length());
        let drawn = self.clone();
        let done = Closure::once_into_js(move || drawn.acknowledge(count));
        self.tell("write", &[&bytes, &done]);
        let steps = self.0.typist.borrow_mut().read(&bytes.to_vec());
        self.carry_out(steps);
    }

    /// The next command is typed when the prompt has been drawn.
    fn later_next(&self) {
        let shell = self.clone();
        dom::after(30, move || shell.next());
    }

    /// From now on this window types, if another one did.
    fn take(&self) {
        if self.0.watching.get() {
            self.send(&ToTerminal::Take);
        }
    }

    fn control(&self, message: FromTerminal) {
        match message {
            FromTerminal::Ready { replays } => {
                self.0.watching.set(false);
                self.0.pause.set(400);
                self.tell("reset", &[]);
                self.say(html! {});
                let steps = self.0.typist.borrow_mut().connected(replays);
                self.carry_out(steps);
                self.arrived();
            }
            FromTerminal::Typing => {
                self.0.watching.set(false);
                self.say(html! {});
            }
            FromTerminal::Watching { text } => {
                self.0.watching.set(true);
                if self.0.typist.borrow().is_about_to_begin() {
                    // A block was to be typed here as soon as the shell is there.
                    return self.take();
                }
                // What a block still had to type must not come between what the other window types.
                let steps = self.0.typist.borrow_mut().leave_out();
                self.carry_out(steps);
                self.say(html! { div class="shell-line" role="status" { (text) } });
            }
            FromTerminal::Exit => {
                self.hang_up();
                self.0.ended.set(true);
                self.offer(reader().texts.shell_ended);
            }
            FromTerminal::Unavailable { code, text } => {
                self.hang_up();
                self.say(if code == "no-toolbox" {
                    dock::no_shell(reader(), &text, self.0.drawn.get() > 0)
                } else {
                    html! { div class="shell-line" role="status" { (text) } }
                });
            }
        }
    }

    /// Forgets the line before it closes, so that nothing reconnects, and what was to be typed into it.
    fn hang_up(&self) {
        if let Some(line) = self.0.line.take() {
            let _ = line.socket.close();
        }
        self.0.hung_up.set(true);
        self.0.early.take();
        let steps = self.0.typist.borrow_mut().gone();
        self.carry_out(steps);
    }

    fn offer(&self, words: &'static str) {
        self.say(html! {
            div class="shell-line" role="status" {
                span { (words) }
                button type="button" class="button" data-do="shell-again" { (reader().texts.shell_restart) }
            }
        });
    }

    fn say(&self, view: Markup) {
        if let Some(note) = &self.0.note {
            dom::draw(note, view);
        }
    }

    fn acknowledge(&self, count: u64) {
        let drawn = self.0.drawn.get() + count;
        self.0.drawn.set(drawn);
        if drawn - self.0.acknowledged.get() >= ACKNOWLEDGE {
            self.0.acknowledged.set(drawn);
            self.send(&ToTerminal::Ack { bytes: drawn });
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a terminal has some hundred columns"
    )]
    fn size(&self) -> (u16, u16) {
        let number = |name| self.tell(name, &[]).and_then(|it| it.as_f64()).unwrap_or(80.0) as u16;
        (number("columns"), number("rows"))
    }

    fn send_size(&self) {
        let (cols, rows) = self.size();
        self.send(&ToTerminal::Resize { cols, rows });
    }

    fn send(&self, message: &ToTerminal) {
        let text = match message {
            ToTerminal::Resize { cols, rows } => {
                format!(r#"{{"type":"resize","cols":{cols},"rows":{rows}}}"#)
            }
            ToTerminal::Ack { bytes } => format!(r#"{{"type":"ack","bytes":{bytes}}}"#),
            ToTerminal::Take => r#"{"type":"take"}"#.to_owned(),
        };
        if let Some(line) = self.0.line.borrow().as_ref() {
            let _ = line.socket.send_with_str(&text);
        }
    }

    /// Sends what was typed, or keeps it until the shell is there.
    fn typed(&self, text: &str) {
        if let Some(line) = self.0.line.borrow().as_ref().filter(|line| line.ready) {
            let _ = line.socket.send_with_u8_array(text.as_bytes());
            return;
        }
        // What the terminal says by itself (cursor, attributes, status, window, mode, focus) answers a question of the past.
        let answer =
            text.starts_with("\x1b[") && text.ends_with(['R', 'c', 'n', 't', 'y', 'I', 'O']);
        let mut early = self.0.early.borrow_mut();
        // A paste is kept whole or not at all: a shell waits for the end of one that has begun.
        if !answer && !self.0.hung_up.get() && early.len() + text.len() <= MOST_EARLY {
            early.push_str(text);
        }
    }

    /// The shell is there: it gets what was typed for it.
    fn arrived(&self) {
        if let Some(line) = self.0.line.borrow_mut().as_mut() {
            line.ready = true;
        }
        let early = self.0.early.take();
        if !early.is_empty() {
            self.typed(&early);
        }
    }
}

/// Takes the keyboard out of the terminal, to the row of shells.
fn leave() {
    let tab = dom::document().query_selector(".shell-list [aria-selected=true]").ok().flatten();
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}
