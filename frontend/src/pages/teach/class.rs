//! One class: its code, the live grid of learners and exercises, where people are stuck.

use maud::{Markup, PreEscaped, html};
use wire::ExerciseId;

use crate::components::document::{Layout, document};
use crate::forms;
use crate::i18n::{self, page_texts};
use crate::pages::Frame;
use crate::views::Reader;
use crate::views::grid::{self, ClassView, Column, Order};

/// What a class's page shows.
#[derive(Clone, Debug)]
pub struct ClassPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The class.
    pub class: wire::Class,
    /// Learners × exercises.
    pub grid: wire::Grid,
    /// The failing reasons, most shared first.
    pub stuck: Vec<wire::Stuck>,
    /// The whole address that learners open.
    pub join_url: String,
    /// The order of the rows: [`Order::parse`] of the query's `order`.
    pub order: Order,
    /// The same as a QR code: an `<svg>` in `currentColor`.
    pub join_qr: Option<String>,
}

/// Makes the document.
pub fn render(page: &ClassPage) -> String {
    let frame = &page.frame;
    let view = ClassView {
        code: page.class.code.clone(),
        seats: page.class.seats,
        columns: columns(page),
        grid: page.grid.clone(),
        stuck: page.stuck.clone(),
        now: frame.now,
        order: page.order,
    };
    let (texts, shared) = (page_texts(frame.language), i18n::texts(frame.language));
    let body = html! {
        main id="content" class="teach" tabindex="-1" {
            header class="teach-head" {
                h1 { (page.class.name) }
                (code(page))
                (announce(page))
            }
            div class="class" data-failed=(shared.reconnecting) data-refused=(texts.refused)
                data-events={ "/api/v1/teach/classes/" (page.class.code) "/events" } { (grid::class(Reader::in_utc(frame.language), &view)) }
            script type="module" src=(frame.assets.url("teach.js")) {}
        }
    };
    document(frame, Layout::Wide, false, &body)
}

fn code(page: &ClassPage) -> Markup {
    let texts = page_texts(page.frame.language);
    html! {
        p class="class-code" { span class="quiet" { (texts.class_code) } code { (page.class.code) } }
        button type="button" class="button" popovertarget="class-code" { (texts.class_show) }
        div id="class-code" class="sheet class-code-sheet" popover="auto" {
            p class="label" { (page.class.name) }
            p class="class-code-large" { (page.class.code) }
            @if let Some(code) = &page.join_qr { div class="qr" { (PreEscaped(code)) } }
            p class="class-code-url" { (page.join_url) }
            p class="quiet" { (texts.class_code_text) }
        }
    }
}

fn announce(page: &ClassPage) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    html! {
        button type="button" class="button primary" popovertarget="announce" { (texts.announce) }
        div id="announce" class="sheet" popover="auto" {
            form class="form" method="post" action=(forms::announce(language, &page.class.code)) data-said=(texts.sent) {
                h2 { (texts.announce) }
                p class="quiet small" { (texts.announce_about) }
                label { span { (texts.announce_text) } textarea name="text" rows="3" maxlength="500" required autofocus {} }
                button class="button primary" { (texts.send) }
            }
        }
    }
}

/// The grid's columns with the numbers and titles of the course; an exercise that the course does not know keeps
/// its id.
fn columns(page: &ClassPage) -> Vec<Column> {
    let lessons = || page.frame.course.modules.iter().flat_map(|module| &module.lessons);
    let column = |id: &ExerciseId| {
        let found = lessons().find_map(|lesson| {
            let place = lesson.exercises.iter().position(|exercise| &exercise.id == id)?;
            let number = format!("{}.{}", lesson.number, place + 1);
            Some((number, lesson.exercises[place].title.clone()))
        });
        let (number, title) = found.unwrap_or_else(|| (id.to_string(), id.to_string()));
        Column { id: id.clone(), number, title }
    };
    page.grid.exercises.iter().map(column).collect()
}
