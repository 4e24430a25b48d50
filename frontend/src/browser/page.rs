//! The page as a whole: the connection, the instructor's words, blocks of code, actions on the lab and their previews.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use maud::html;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use wire::{Announcement, Event, Lab, LabState, Millis};

use super::http::Body;
use super::store::Happening;
use super::{decode, dom, http, reader, store};
use crate::forms;
use crate::model::{typist, variables};
use crate::views::plan::{PlanView, Wish};
use crate::views::{page, plan};

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    connected: Rc<Cell<bool>>,
    words: Rc<RefCell<Option<Announcement>>>,
    /// The words up to here were closed; a stream that began before the server knew it brings them again.
    closed: Rc<Cell<Millis>>,
    /// What a screen reader is told, for a moment.
    said: Rc<Cell<&'static str>>,
    lab: Rc<Cell<LabState>>,
    /// The block that waits for the lab.
    waiting: Rc<RefCell<Option<Element>>>,
    /// The preview that is on the screen.
    plan: Rc<RefCell<Option<PlanView>>>,
}

/// Takes over the page.
pub(crate) fn attach(element: &HtmlElement) {
    let ready = dom::document().query_selector(".lab-pill .pill .sign.passed");
    let lab = if matches!(ready, Ok(Some(_))) { LabState::Ready } else { LabState::None };
    let live = Live {
        element: element.clone(),
        connected: Rc::new(Cell::new(true)),
        words: Rc::new(RefCell::new(dom::state(element, decode::announcement))),
        closed: Rc::default(),
        said: Rc::default(),
        lab: Rc::new(Cell::new(lab)),
        waiting: Rc::default(),
        plan: Rc::default(),
    };
    let on_event = live.clone();
    store::listen(move |happening| on_event.hear(happening));
    super::rail::attach();
    let (on_click, on_key) = (live.clone(), live.clone());
    let document = dom::document();
    dom::on_do(&document, "click", move |action, with, target, event| match action {
        "plan" => {
            event.prevent_default();
            on_click.preview(with, target);
        }
        "plan-do" => on_click.ask_plan(false),
        _ => on_click.click(action, with, target),
    });
    dom::on(&document, "keydown", move |event| on_key.key(&event));
    dom::on_do(&document, "submit", move |action, with, _, event| match action {
        "lab" => {
            event.prevent_default();
            lab_action(with);
        }
        "dismiss" => {
            event.prevent_default();
            live.dismiss(with);
        }
        _ => {}
    });
}

impl Live {
    fn hear(&self, happening: &Happening) {
        match happening {
            Happening::Connected(connected) => {
                // A page that is being left loses its line too; that is not worth a word.
                let live = self.clone();
                let connected = *connected;
                self.connected.set(connected);
                dom::after(if connected { 0 } else { 1500 }, move || live.draw());
            }
            Happening::Turned => {
                self.draw();
                // The text is another one: the block that waits for the lab says there that it does.
                if let Some(block) = self.waiting.take() {
                    let root = dom::document().document_element();
                    let same =
                        root.and_then(|it| dom::find(&it, &format!("[id=\"{}\"]", block.id())));
                    if let Some(block) = &same {
                        self.run(block, 0);
                    }
                    *self.waiting.borrow_mut() = same.map(Into::into);
                }
            }
            Happening::Server(Event::Announcement(words)) if words.at > self.closed.get() => {
                *self.words.borrow_mut() = Some(words.clone());
                self.draw();
            }
            Happening::Server(Event::Lab(lab)) => {
                self.lab.set(lab.state);
                self.follow(lab);
                if lab.state == LabState::Ready {
                    let (control, data) =
                        (lab.cp_namespace.as_deref(), lab.dp_namespace.as_deref());
                    let slug = control.and_then(|name| name.strip_suffix("-cp"));
                    show_values([control, data, slug]);
                }
                if lab.state == LabState::Ready
                    && let Some(block) = self.waiting.take()
                {
                    self.run(&block, 0);
                }
            }
            Happening::Server(_)
            | Happening::Objects
            | Happening::Reconnected
            | Happening::LabProblem(_)
            | Happening::Show(_)
            | Happening::Run(..)
            | Happening::CommandEnded => {}
        }
    }

    fn draw(&self) {
        let (words, plan) = (self.words.borrow(), self.plan.borrow());
        let back = dom::window().location().pathname().unwrap_or_default();
        let line = page::line(reader(), self.connected.get(), words.as_ref(), &back);
        let view = html! {
            (line)
            (page::said(self.said.get()))
            @if let Some(view) = plan.as_ref() { (plan::dialog(reader(), view)) }
        };
        dom::draw(&self.element, view);
    }

    fn dismiss(&self, at: &str) {
        if let Some(words) = self.words.take() {
            self.closed.set(words.at);
        }
        self.draw();
        let body = format!(r#"{{"at":{at}}}"#);
        leptos::task::spawn_local(async move {
            let address = "/api/v1/announcements/dismiss";
            // If this is lost, the words are shown once more: no harm.
            drop(http::send(reader(), "POST", address, Body::Json(&body)).await);
        });
    }

    /// Opens the dialog that says what a reset, or a catch-up to an exercise, would change.
    fn preview(&self, change: &str, target: &Element) {
        let title = target.get_attribute("data-title").unwrap_or_default();
        let wish = match change.parse() {
            Ok(exercise) if change != "reset" => Wish::CatchUp(exercise, title),
            _ => Wish::Reset,
        };
        *self.plan.borrow_mut() = Some(PlanView::new(wish));
        self.draw();
        let live = self.clone();
        let closed = dom::callback(Closure::<dyn FnMut()>::new(move || {
            live.plan.take();
            live.draw();
        }));
        let _ = dom::helper("modal", &[&self.element, &closed]);
        self.ask_plan(true);
    }

    /// Asks what would be done, or has it done.
    fn ask_plan(&self, dry_run: bool) {
        let (address, body) = {
            let mut plan = self.plan.borrow_mut();
            let Some(view) = plan.as_mut() else { return };
            view.working = !dry_run;
            view.problem = None;
            view.begun = false;
            view.progress = None;
            match &view.wish {
                Wish::Reset => ("/api/v1/lab/reset", format!(r#"{{"dry_run":{dry_run}}}"#)),
                Wish::CatchUp(exercise, _) => (
                    "/api/v1/lab/catch-up",
                    format!(r#"{{"exercise":"{exercise}","dry_run":{dry_run}}}"#),
                ),
            }
        };
        self.draw();
        let live = self.clone();
        leptos::task::spawn_local(async move {
            let body = Body::Json(&body);
            let answer = http::ask(reader(), "POST", address, body, decode::plan).await;
            let done = answer.as_ref().is_ok_and(|plan| plan.done);
            let mut to_follow = false;
            if let Some(view) = live.plan.borrow_mut().as_mut() {
                to_follow = done && matches!(view.wish, Wish::CatchUp(..));
                view.begun = to_follow;
                view.working = to_follow;
                match answer {
                    Ok(plan) => view.plan = Some(plan),
                    Err(problem) => view.problem = Some(problem),
                }
            }
            live.draw();
            if done && !to_follow {
                let _ = dom::helper("dismiss", &[&live.element]);
            }
            if done {
                super::pill::refresh();
            }
        });
    }

    /// Shows how far the lab is on its way; the dialog closes when it is there.
    fn follow(&self, lab: &Lab) {
        let arrived = {
            let mut plan = self.plan.borrow_mut();
            let Some(view) = plan.as_mut().filter(|view| view.begun) else { return };
            view.working = lab.catching_up.as_ref().is_some_and(|way| way.problem.is_none());
            view.progress.clone_from(&lab.catching_up);
            view.progress.is_none()
        };
        self.draw();
        if arrived {
            let _ = dom::helper("dismiss", &[&self.element]);
        }
    }

    fn click(&self, action: &str, with: &str, target: &Element) {
        let block = || target.closest(".block").ok().flatten();
        match action {
            "copy" => match block() {
                Some(block) => self.copy(&block, shown_text(&block)),
                None => self.copy(target, with.to_owned()),
            },
            "run" => block().iter().for_each(|block| self.run(block, 0)),
            "run-rest" => {
                let from = with.parse().unwrap_or(0);
                if let Some(block) = block() {
                    self.run(&block, from);
                }
            }
            "start-and-run" => {
                *self.waiting.borrow_mut() = block();
                lab_action("start");
            }
            _ => {}
        }
    }

    /// Enter on a block's text runs it.
    fn key(&self, event: &web_sys::Event) {
        let pressed = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Enter");
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target.filter(|_| pressed) else { return };
        if !target.matches(".block.runs > pre").unwrap_or(false) {
            return;
        }
        event.prevent_default();
        if let Ok(Some(block)) = target.closest(".block") {
            self.run(&block, 0);
        }
    }

    /// Copies a text; the block or the button shows it for a moment, and a screen reader says it.
    fn copy(&self, place: &Element, text: String) {
        let (live, place) = (self.clone(), place.clone());
        leptos::task::spawn_local(async move {
            let texts = reader().texts;
            let done = dom::copy(&text).await;
            let words = if done { texts.copied } else { texts.not_copied };
            let state = dom::find(&place, ".block-state");
            let say = move |words: &'static str| match &state {
                Some(state) => dom::draw(state, html! { (words) }),
                None => live.say(words),
            };
            say(words);
            if done {
                let _ = place.set_attribute("data-copied", "");
            }
            dom::after(if done { 1600 } else { 6000 }, move || {
                let _ = place.remove_attribute("data-copied");
                say("");
            });
        });
    }

    fn say(&self, words: &'static str) {
        self.said.set(words);
        self.draw();
    }

    /// Has a block's commands typed, from a line on.
    fn run(&self, block: &Element, from: usize) {
        let texts = reader().texts;
        let Some(state) = dom::find(block, ".block-state") else { return };
        if self.lab.get() != LabState::Ready {
            let waiting = matches!(self.lab.get(), LabState::Queued | LabState::Preparing);
            if waiting {
                *self.waiting.borrow_mut() = Some(block.clone());
            }
            let view = html! {
                @if waiting { (texts.dock_preparing) }
                @else { button type="button" class="link" data-do="start-and-run" { (texts.lab_start) } }
            };
            return dom::draw(&state, view);
        }
        dom::draw(&state, html! {});
        let text = block.get_attribute("data-text").unwrap_or_default();
        let fails = block.get_attribute("data-fails").unwrap_or_default();
        let mut jobs = typist::jobs(&block.id(), &text, &fails);
        jobs.retain(|job| job.line >= from);
        store::tell(&Happening::Run(jobs));
    }
}

/// Starts, extends or ends the lab; what comes of it is told to everyone.
fn lab_action(action: &str) {
    let action = action.to_owned();
    let asked = store::asking();
    leptos::task::spawn_local(async move {
        let done = match action.as_str() {
            "start" => {
                let start = http::ask(reader(), "POST", "/api/v1/lab", Body::None, decode::lab);
                start.await.map(Some)
            }
            "end" => http::send(reader(), "DELETE", "/api/v1/lab", Body::None).await.map(|_| None),
            other => {
                let fields = Body::Form(&format!("action={other}&back=/"));
                let address = forms::lab(reader().language);
                http::send(reader(), "POST", &address, fields).await.map(|_| None)
            }
        };
        match done {
            Ok(Some(lab)) => store::answered(asked, lab),
            Ok(None) => super::pill::refresh(),
            Err(problem) => store::tell(&Happening::LabProblem(problem)),
        }
    });
}

/// Shows the learner's own values in the blocks; a new lab has new ones.
fn show_values(values: [Option<&str>; 3]) {
    let Some(root) = dom::document().document_element() else { return };
    for (name, value) in variables::NAMES.into_iter().zip(values) {
        for place in dom::all(&root, &format!("[data-var={name}]")) {
            place.set_text_content(value);
        }
    }
}

/// A block's text as it stands on the page, with the learner's own values: it works in her own terminal, too.
fn shown_text(block: &Element) -> String {
    let text = block.get_attribute("data-text").unwrap_or_default();
    variables::NAMES.into_iter().fold(text, |text, name| {
        let shown = dom::find(block, &format!("[data-var={name}]"));
        match shown.and_then(|place| place.text_content()) {
            Some(value) => variables::fill(&text, name, &value),
            None => text,
        }
    })
}
