//! An exercise card: follows its checks, and starts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::HtmlElement;
use wire::{CheckChanged, Event, LabState, ObjectLink};

use super::store::Happening;
use super::{decode, dom, http, reader, store};
use crate::views::exercise::{self, Card};

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    card: Rc<RefCell<Card>>,
    /// How often the stream has said something of this exercise.
    told: Rc<Cell<u32>>,
}

/// Takes over the card.
pub(crate) fn attach(element: &HtmlElement) {
    let Some(card) = dom::state(element, decode::card) else { return };
    let live =
        Live { element: element.clone(), card: Rc::new(RefCell::new(card)), told: Rc::default() };
    live.draw();
    let on_event = live.clone();
    store::listen(move |happening| on_event.hear(happening));
    dom::on_do(element, "click", |action, with, _, _| click(action, with));
    dom::on_do(element, "submit", move |action, _, _, event| {
        if action == "start" {
            event.prevent_default();
            live.read("POST", "/start");
        }
    });
}

impl Live {
    fn draw(&self) {
        dom::draw(&self.element, exercise::card(reader(), &self.card.borrow()));
    }

    fn hear(&self, happening: &Happening) {
        match happening {
            Happening::Server(Event::Check(change)) => self.check(change),
            Happening::Server(Event::Progress(change)) => {
                let mut card = self.card.borrow_mut();
                if card.exercise.id != change.exercise {
                    return;
                }
                self.told.set(self.told.get() + 1);
                card.exercise.state = change.state;
                card.exercise.step.clone_from(&change.step);
            }
            Happening::Server(Event::Lab(lab)) => {
                let before = std::mem::replace(&mut self.card.borrow_mut().lab, lab.state);
                if lab.state == LabState::Ready && before != LabState::Ready {
                    self.read("GET", "");
                }
            }
            Happening::Turned => {
                let Some(card) = dom::state(&self.element, decode::card) else { return };
                let lab = self.card.borrow().lab;
                self.card.replace(Card { lab, ..card });
            }
            Happening::Reconnected => return self.read("GET", ""),
            Happening::Server(Event::Announcement(_) | Event::Help(_))
            | Happening::Connected(_)
            | Happening::LabProblem(_)
            | Happening::Objects
            | Happening::Show(_)
            | Happening::Run(..)
            | Happening::CommandEnded => return,
        }
        self.draw();
    }

    fn check(&self, change: &CheckChanged) {
        let mut card = self.card.borrow_mut();
        if card.exercise.id != change.exercise {
            return;
        }
        self.told.set(self.told.get() + 1);
        if let Some(check) = card.exercise.checks.iter_mut().find(|it| it.id == change.check) {
            check.state = change.state;
            check.first_passed_at = change.first_passed_at.or(check.first_passed_at);
            check.reason.clone_from(&change.reason);
        }
    }

    /// Asks for the exercise, or starts it, and shows the answer.
    fn read(&self, method: &'static str, verb: &'static str) {
        let live = self.clone();
        let asked = self.told.get();
        let address = format!("/api/v1/exercises/{}{verb}", self.card.borrow().exercise.id);
        leptos::task::spawn_local(async move {
            match http::ask(reader(), method, &address, http::Body::None, decode::exercise).await {
                Ok(exercise) => {
                    let mut card = live.card.borrow_mut();
                    card.exercise = exercise;
                    card.problem = None;
                }
                Err(problem) => live.card.borrow_mut().problem = Some(problem),
            }
            live.draw();
            if live.told.get() != asked {
                // The stream has said something since, which this answer may not know of.
                live.read("GET", "");
            }
        });
    }
}

/// Shows the object that a check points at.
fn click(action: &str, with: &str) {
    let mut parts = with.splitn(3, '/');
    if let ("show", Some(kind), Some(namespace), Some(name)) =
        (action, parts.next(), parts.next(), parts.next())
    {
        store::tell(&Happening::Show(ObjectLink {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }));
    }
}
