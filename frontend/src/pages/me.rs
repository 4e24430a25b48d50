//! The learner's own page: what is proven, the certificate, the kubeconfig, leaving.

use maud::{Markup, html};
use wire::{CourseExercise, ExerciseId, ExerciseState, LabState, LessonState, Millis};

use super::Frame;
use crate::components::document::{Layout, document, with_rail};
use crate::i18n::{self, page_texts};
use crate::views::icon::{self, Sign};
use crate::{forms, views::time};

/// What the page `me` shows. The server redirects to joining when nobody has joined.
#[derive(Clone, Debug)]
pub struct MePage {
    /// What surrounds it; `frame.learner` is set.
    pub frame: Frame,
    /// When the learner joined.
    pub joined_at: Millis,
    /// When each proven exercise was first passed; the states are in `frame.progress`.
    pub passed: Vec<(ExerciseId, Millis)>,
    /// The cluster's name, e.g. a context's; `None` for the practice cluster.
    pub cluster: Option<String>,
}

/// Makes the document.
pub fn render(page: &MePage) -> String {
    let frame = &page.frame;
    let texts = page_texts(frame.language);
    let (name, class) = match &frame.learner {
        Some(learner) => (learner.name.as_str(), learner.class_name.as_str()),
        None => ("", ""),
    };
    let main = html! {
        article class="me" {
            h1 { (texts.me_title) }
            p class="lede" { b { (name) } " " span { ((texts.me_lede)(class)) } }
            @if !page.passed.is_empty() { (certificate(page, name)) }
            (proven(page))
            (own_terminal(page))
            (leaving(page))
        }
    };
    document(frame, Layout::Plain, frame.lab.is_some(), &with_rail(frame, &main))
}

/// The exercises in course order, as number, title and lesson.
fn exercises(page: &MePage) -> impl Iterator<Item = (String, &CourseExercise)> {
    let lessons = page.frame.course.modules.iter().flat_map(|module| &module.lessons);
    lessons.flat_map(|lesson| {
        (1..)
            .zip(&lesson.exercises)
            .map(|(place, exercise): (u32, _)| (format!("{}.{place}", lesson.number), exercise))
    })
}

fn certificate(page: &MePage, name: &str) -> Markup {
    let (texts, shared) = (page_texts(page.frame.language), i18n::texts(page.frame.language));
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of = count(exercises(page).count());
    let passed = count(page.passed.len());
    html! {
        section class="certificate" {
            p class="label" { (icon::mark()) (texts.certificate_print) }
            p class="certificate-text" { ((texts.certificate_text)(name, passed, of)) }
            progress max=(of.max(1)) value=(passed) aria-label=(texts.proven) {}
            dl {
                dt { (texts.course) } dd { (page.frame.course.title) }
                dt { (texts.joined) } dd { (time::date_and_time(page.joined_at)) }
                dt { (texts.cluster) } dd { (page.cluster.as_deref().unwrap_or(shared.practice)) }
            }
            p class="quiet small screen-only" { (texts.certificate_hint) }
        }
    }
}

fn proven(page: &MePage) -> Markup {
    let texts = page_texts(page.frame.language);
    let passed = |id| page.passed.iter().find(|(exercise, _)| exercise == id).map(|(_, at)| *at);
    html! {
        section {
            h2 { (texts.proven) }
            @if page.passed.is_empty() { (nothing(&page.frame)) } @else {
                table class="proven" {
                    thead { tr { th scope="col" { (texts.exercise) } th scope="col" { (texts.proven_at) } } }
                    tbody {
                        @for (number, exercise) in exercises(page) {
                            @if let Some(at) = passed(&exercise.id) {
                                @let state = page.frame.progress.get(&exercise.id).copied().unwrap_or(ExerciseState::Passed);
                                tr {
                                    th scope="row" { (icon::sign(Sign::of(state))) span class="num" { (number) } " " (exercise.title) }
                                    td class="num" { (time::date_and_time(at)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Nothing is proven yet: where to begin.
fn nothing(frame: &Frame) -> Markup {
    let texts = page_texts(frame.language);
    let mut lessons = frame.course.modules.iter().flat_map(|module| &module.lessons);
    let first = lessons.find(|it| it.state == LessonState::Published && !it.exercises.is_empty());
    html! {
        div class="empty" {
            p { (texts.proven_none) }
            @if let Some(lesson) = first {
                a class="button primary screen-only" href={ "/" (frame.language) "/lessons/" (lesson.slug) } {
                    span { (texts.begin) ": " b { (lesson.title) } } (icon::stroke(icon::NEXT))
                }
            }
        }
    }
}

fn own_terminal(page: &MePage) -> Markup {
    let texts = page_texts(page.frame.language);
    let ready = page.frame.lab.as_ref().is_some_and(|lab| lab.state == LabState::Ready);
    html! {
        section class="screen-only" {
            h2 { (texts.own_terminal) }
            @if ready {
                p { (texts.own_terminal_text) }
                a class="button" href="/api/v1/lab/kubeconfig" { (i18n::texts(page.frame.language).lab_kubeconfig) }
            } @else { p class="quiet" { (texts.own_terminal_none) } }
        }
    }
}

fn leaving(page: &MePage) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    html! {
        section class="leaving screen-only" {
            details { summary { (texts.leave) } p { (texts.leave_text) }
                form method="post" action=(forms::leave(language)) { button class="button" { (texts.leave) } } }
            details { summary { (texts.delete) } p { (texts.delete_text) }
                form method="post" action=(forms::delete_me(language)) {
                    label class="tick" { input type="checkbox" name="confirm" value="yes" required; (texts.delete_confirm) }
                    button class="button danger" { (texts.delete) }
                } }
        }
    }
}
