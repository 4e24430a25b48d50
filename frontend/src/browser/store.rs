//! What happens on a page, passed on to every island: the server's events and the reader's wishes.
//!
//! **Invariant:** there is one `EventSource`. The browser resumes it with `Last-Event-ID`; when it gives up, a new
//! one is opened with a growing pause and [`Happening::Reconnected`] asks every island to read its state again. A
//! page that changes its language gets a new one, too. A page that nobody sees has none: over HTTP/1.1 a browser
//! has six connections to a server, and six forgotten tabs would leave none to read with.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{EventSource, MessageEvent};
use wire::{Event, Lab, ObjectLink};

use super::json::Json;
use super::{decode, dom, http};
use crate::model::typist::Job;

/// Something that islands may care about.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// The server said so.
    Server(Event),
    /// The line to the server is there, or not.
    Connected(bool),
    /// The line is there again after a gap that may have lost something.
    Reconnected,
    /// The lab's objects have changed.
    Objects,
    /// The page is in another language now, and so are the words in every island's first state. How things stand there
    /// may be older than what the stream has said; it is opened anew, which has everything read again.
    Turned,
    /// An action on the lab did not work.
    LabProblem(String),
    /// The reader wants to see an object.
    Show(ObjectLink),
    /// The reader wants these commands of a block typed.
    Run(Vec<Job>),
    /// A command in a terminal has ended.
    CommandEnded,
}

/// How long to wait before the stream is opened again for the first time, in milliseconds.
const FIRST_PAUSE: i32 = 1000;

type Listener = Box<dyn Fn(&Happening)>;

/// The page's stream, with those who listen to it.
struct Stream {
    source: EventSource,
    _listeners: Vec<dom::Listener>,
}

thread_local! {
    static LISTENERS: RefCell<Vec<Rc<Listener>>> = const { RefCell::new(Vec::new()) };
    /// How often the stream has said something of the lab.
    static LABS: Cell<u32> = const { Cell::new(0) };
    static STREAM: RefCell<Option<Stream>> = const { RefCell::new(None) };
}

/// Calls `listener` with everything that happens from now on.
pub(crate) fn listen(listener: impl Fn(&Happening) + 'static) {
    LISTENERS.with_borrow_mut(|all| all.push(Rc::new(Box::new(listener))));
}

/// Opens the stream, for all who listen: whoever comes later has missed how things stand.
pub(crate) fn open() {
    connect(FIRST_PAUSE, true);
    dom::on(&dom::document(), "turned", |_| {
        tell(&Happening::Turned);
        connect(FIRST_PAUSE, false);
    });
    dom::on(&dom::document(), "visibilitychange", |_| connect(FIRST_PAUSE, false));
}

/// Tells everyone. A listener may tell more.
pub(crate) fn tell(happening: &Happening) {
    let listeners = LISTENERS.with_borrow(Clone::clone);
    for listener in &listeners {
        listener(happening);
    }
}

/// What the lab is asked for at; goes to [`answered`] with what comes.
pub(crate) fn asking() -> u32 {
    LABS.get()
}

/// Tells what an answer says of the lab, unless the stream has said something since it was asked for: that is newer.
pub(crate) fn answered(asked: u32, lab: Lab) {
    if LABS.get() == asked {
        tell(&Happening::Server(Event::Lab(lab)));
    }
}

/// Opens the stream, or only closes it while nobody sees the page. When the browser gives it up it is opened again,
/// after a pause that grows until one has opened.
fn connect(pause: i32, first: bool) {
    if let Some(before) = STREAM.take() {
        before.source.close();
    }
    if dom::document().hidden() {
        return;
    }
    let address = dom::document().body().and_then(|it| it.get_attribute("data-events"));
    let Some(address) = address else { return };
    let Ok(source) = EventSource::new(&address) else { return };
    let pause = Rc::new(Cell::new(pause));
    let mut listeners = vec![
        hear(&source, "lab", |json| {
            LABS.set(LABS.get() + 1);
            decode::lab(json).map(Event::Lab)
        }),
        hear(&source, "check", |json| decode::check_changed(json).map(Event::Check)),
        hear(&source, "progress", |json| decode::progress(json).map(Event::Progress)),
        hear(&source, "announcement", |json| decode::announcement(json).map(Event::Announcement)),
        hear(&source, "help", |json| Some(Event::Help(decode::help(json)))),
        dom::listen(&source, "objects", |_| tell(&Happening::Objects)),
    ];
    let opened = Rc::clone(&pause);
    listeners.push(dom::listen(&source, "open", move |_| {
        opened.set(FIRST_PAUSE);
        tell(&Happening::Connected(true));
        if !first {
            tell(&Happening::Reconnected);
        }
    }));
    listeners.push(dom::listen(&source, "error", move |_| {
        tell(&Happening::Connected(false));
        let given_up = |stream: &mut Stream| stream.source.ready_state() == EventSource::CLOSED;
        if STREAM.with_borrow_mut(|stream| stream.take_if(given_up)).is_some() {
            let pause = pause.get();
            dom::after(pause, move || {
                leptos::task::spawn_local(async move {
                    // Who is not signed in any more is told so; without an answer the line is what is missing.
                    let body = http::Body::None;
                    drop(http::send(super::reader(), "GET", "/api/v1/me", body).await);
                    // The reader may have come back to the page meanwhile.
                    if STREAM.with_borrow(Option::is_none) {
                        connect((pause * 2).min(20_000), false);
                    }
                });
            });
        }
    }));
    STREAM.set(Some(Stream { source, _listeners: listeners }));
}

fn hear(
    source: &EventSource,
    name: &'static str,
    read: fn(&Json) -> Option<Event>,
) -> dom::Listener {
    dom::listen(source, name, move |message| {
        let message = message.dyn_ref::<MessageEvent>();
        let text = message.and_then(|message| message.data().as_string());
        if let Some(event) = text.and_then(|text| read(&Json::parse(&text)?)) {
            tell(&Happening::Server(event));
        }
    })
}
