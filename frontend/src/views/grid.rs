//! The class as a grid of learners and exercises, and the reasons that hold several of them up.

use std::cmp::Reverse;

use maud::{Markup, html};
use wire::{ExerciseId, ExerciseState, Grid, GridCell, GridRow, LabState, Millis, Stuck};

use super::icon::{self, Sign};
use super::{Reader, lab, text, time};
use crate::forms;
use crate::i18n::page_texts;

/// A learner counts as stuck when the same reason has stood for this long.
const STUCK_AFTER: Millis = 2 * 60_000;

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Raised hands first, then who has stood longest before the same reason.
    #[default]
    Help,
    /// By name.
    Name,
    /// Who has proven least comes first.
    Progress,
}

impl Order {
    /// Its name in the address: `?order=`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Name => "name",
            Self::Progress => "progress",
        }
    }

    /// The order that an address names; the usual one when it names none.
    pub fn parse(code: &str) -> Self {
        let all = [Self::Help, Self::Name, Self::Progress];
        all.into_iter().find(|order| order.code() == code).unwrap_or_default()
    }
}

/// A column: an exercise, as people call it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The exercise.
    pub id: ExerciseId,
    /// E.g. `3.1`.
    pub number: String,
    /// Its title.
    pub title: String,
}

/// What the class view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassView {
    /// The class's code.
    pub code: String,
    /// Its seats, if they are counted.
    pub seats: Option<u32>,
    /// The columns, in the grid's order.
    pub columns: Vec<Column>,
    /// Learners × exercises.
    pub grid: Grid,
    /// Shared reasons.
    pub stuck: Vec<Stuck>,
    /// The time.
    pub now: Millis,
    /// The order of the rows.
    pub order: Order,
}

/// The facts, the grid and the list of reasons.
pub fn class(reader: Reader, view: &ClassView) -> Markup {
    let pages = page_texts(reader.language);
    html! {
        (facts(reader, view))
        p class="class-line" role="status" {}
        @if view.grid.rows.is_empty() {
            p class="empty" { (pages.grid_empty) }
        } @else {
            div class="class-split" {
                div {
                    (orders(reader, view.order))
                    div class="grid-scroll" tabindex="0" role="region" aria-label=(pages.by_progress) { (grid(reader, view)) }
                }
                (radar(reader, view))
            }
        }
    }
}

fn facts(reader: Reader, view: &ClassView) -> Markup {
    let pages = page_texts(reader.language);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let rows = &view.grid.rows;
    let labs = number(rows.iter().filter(|row| row.lab == LabState::Ready).count());
    let help = number(rows.iter().filter(|row| stuck_since(row, view.now).is_some()).count());
    let hands = number(rows.iter().filter(|row| row.help.raised_at.is_some()).count());
    let cells = rows.len() * view.columns.len();
    let proven: usize = rows.iter().map(proven).sum();
    html! {
        dl class="facts num" {
            div { dd { (rows.len()) } dt { ((pages.facts_learners)(number(rows.len()), view.seats)) } }
            div { dd { ((100 * proven).checked_div(cells).unwrap_or(0)) " %" } dt { (pages.facts_proven) } }
            div class=[(hands > 0).then_some("wanted")] { dd { (hands) } dt { ((pages.facts_hands)(hands)) } }
            div { dd { (help) } dt { ((pages.facts_help)(help)) } }
            div { dd { (labs) } dt { ((pages.facts_labs)(labs)) } }
        }
    }
}

fn orders(reader: Reader, current: Order) -> Markup {
    let pages = page_texts(reader.language);
    let choices = [
        (Order::Help, pages.needs_help),
        (Order::Name, pages.by_name),
        (Order::Progress, pages.by_progress),
    ];
    html! {
        div class="orders" role="group" aria-label=(pages.sort) {
            span class="quiet" { (pages.sort) }
            @for (order, label) in choices {
                a href={ "?order=" (order.code()) } aria-current=[(order == current).then_some("true")] { (label) }
            }
        }
    }
}

fn grid(reader: Reader, view: &ClassView) -> Markup {
    let (texts, pages) = (reader.texts, page_texts(reader.language));
    html! {
        table class="grid" role="grid" aria-rowcount=(view.grid.rows.len() + 2) {
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { (pages.learner) }
                    @for (at, column) in view.columns.iter().enumerate() {
                        th scope="col" role="columnheader" class={ "grid-column" (gap(view, at)) } { abbr title=(column.title) { (column.number) } }
                    }
                    th scope="col" role="columnheader" class="grid-reason" { (texts.why) }
                    th scope="col" role="columnheader" { (texts.lab) }
                }
            }
            tbody role="rowgroup" { @for (place, row) in sorted(view).into_iter().enumerate() { (one_row(reader, view, row, place == 0)) } }
            tfoot role="rowgroup" { (totals(reader, view)) }
        }
    }
}

/// A lesson's first exercise stands a little apart from the lesson before.
fn gap(view: &ClassView, at: usize) -> &'static str {
    let lesson = |at: usize| view.columns[at].number.split('.').next();
    if at > 0 && lesson(at) != lesson(at - 1) { " lesson-start" } else { "" }
}

/// How many have proven each exercise.
fn totals(reader: Reader, view: &ClassView) -> Markup {
    let pages = page_texts(reader.language);
    let rows = &view.grid.rows;
    let proven = |at: usize| rows.iter().filter(|row| row.cells.get(at).is_some_and(holds)).count();
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (pages.totals) }
            @for at in 0..view.columns.len() {
                @let proven = proven(at);
                td role="gridcell" class={ "grid-cell num" (gap(view, at)) } { (proven) span class="sr-only" { " / " (rows.len()) } }
            }
            td role="gridcell" class="grid-reason" {}
            td role="gridcell" {}
        }
    }
}

/// Whether the exercise has been proven; a broken one keeps its credit.
fn holds(cell: &GridCell) -> bool {
    matches!(cell.state, ExerciseState::Passed | ExerciseState::Broken)
}

fn sorted(view: &ClassView) -> Vec<&GridRow> {
    let mut rows: Vec<_> = view.grid.rows.iter().collect();
    match view.order {
        Order::Name => rows.sort_by_key(|row| sought(&row.name)),
        Order::Progress => rows.sort_by_key(|row| (proven(row), sought(&row.name))),
        Order::Help => rows.sort_by_key(|row| {
            let (hand, since) = (row.help.raised_at, stuck_since(row, view.now));
            let wants = (Reverse(hand.is_some()), Reverse(since.is_some()));
            (wants, hand.or(since).unwrap_or(0), sought(&row.name))
        }),
    }
    rows
}

/// A name as it is looked for: `Álvaro` stands with `Ana`.
fn sought(name: &str) -> String {
    let plain = |letter: char| match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        other => other,
    };
    name.to_lowercase().chars().map(plain).collect()
}

fn proven(row: &GridRow) -> usize {
    row.cells.iter().filter(|cell| holds(cell)).count()
}

/// Since when the learner has stood before the same reason, if that is long.
fn stuck_since(row: &GridRow, now: Millis) -> Option<Millis> {
    row.cells.iter().filter(|cell| is_stuck(cell, now)).filter_map(|cell| cell.since).min()
}

fn is_stuck(cell: &GridCell, now: Millis) -> bool {
    cell.reason.is_some() && cell.since.is_some_and(|since| now - since >= STUCK_AFTER)
}

/// A row; the `first` one holds the grid's only stop of the Tab key.
fn one_row(reader: Reader, view: &ClassView, row: &GridRow, first: bool) -> Markup {
    let hardest = row
        .cells
        .iter()
        .zip(&view.columns)
        .filter(|(cell, _)| cell.reason.is_some())
        .min_by_key(|(cell, _)| cell.since.unwrap_or(Millis::MAX));
    html! {
        tr data-key=(row.learner) role="row" {
            th scope="row" role="rowheader" tabindex=(if first { "0" } else { "-1" }) { (row.name) (hand(reader, view, row)) }
            @for (at, (cell, column)) in row.cells.iter().zip(&view.columns).enumerate() {
                (one_cell(reader, view, cell, (column, gap(view, at))))
            }
            td role="gridcell" class="grid-reason" tabindex="-1" {
                @if let Some((cell, column)) = hardest {
                    @if let Some(reason) = &cell.reason {
                        @let words = reason.cause.as_ref().unwrap_or(&reason.text);
                        span class="grid-clamp" title=(words) { span class="num" { (column.number) } " " (text::inline(words)) }
                    }
                }
            }
            td role="gridcell" class="grid-lab" tabindex="-1" { (lab_cell(reader, view, row)) }
        }
    }
}

/// A raised hand beside the name: since when, what about, and the way to take it down.
fn hand(reader: Reader, view: &ClassView, row: &GridRow) -> Markup {
    let Some(since) = row.help.raised_at else { return html! {} };
    let pages = page_texts(reader.language);
    html! {
        details class="lab-menu hand-menu" data-key={ "hand-" (row.learner) } {
            summary { (icon::stroke(icon::HAND)) ((pages.hand_up)(time::minutes_between(since, view.now))) }
            div class="menu" {
                @if !row.help.note.is_empty() { p { "“" (row.help.note) "”" } }
                (lab_action(reader, view, row, "lower-hand", pages.hand_done, "button"))
            }
        }
    }
}

fn one_cell(
    reader: Reader,
    view: &ClassView,
    cell: &GridCell,
    (column, gap): (&Column, &str),
) -> Markup {
    let pages = page_texts(reader.language);
    let (sign, word) = if is_stuck(cell, view.now) && cell.state == ExerciseState::InProgress {
        (Sign::Failed, pages.cell_stuck.to_owned())
    } else {
        let word = match cell.state {
            ExerciseState::NotStarted => pages.cell_empty.to_owned(),
            ExerciseState::InProgress => (pages.cell_working)(cell.passed, cell.of),
            ExerciseState::Passed => pages.cell_passed.to_owned(),
            ExerciseState::Broken => pages.cell_broken.to_owned(),
        };
        (Sign::of(cell.state), word)
    };
    html! {
        td role="gridcell" class={ "grid-cell" (gap) } tabindex="-1" title={ (column.title) ": " (word) } {
            (icon::sign(sign)) span class="sr-only" { (word) }
        }
    }
}

fn lab_cell(reader: Reader, view: &ClassView, row: &GridRow) -> Markup {
    let (texts, pages) = (reader.texts, page_texts(reader.language));
    let word = match row.lab {
        LabState::None => "–",
        LabState::Queued => texts.step_waiting,
        LabState::Preparing => texts.step_running,
        LabState::Ready => texts.lab_ready,
        LabState::Failed => texts.lab_failed,
        LabState::Ending => texts.lab_ending,
        LabState::Ended => texts.lab_ended,
    };
    html! {
        @if row.lab == LabState::Ready {
            details class="lab-menu" data-key={ "lab-" (row.learner) } {
                summary {
                    (icon::sign(lab::sign(row.lab)))
                    @if let Some(end) = row.lab_expires_at { ((texts.time_left)(time::minutes_between(view.now, end))) } @else { (word) }
                    span class="sr-only" { ": " (row.name) }
                }
                div class="menu" {
                    (lab_action(reader, view, row, "extend", pages.extend, "button"))
                    p { ((pages.end_confirm)(&row.name)) }
                    (lab_action(reader, view, row, "end", pages.end, "button danger"))
                }
            }
        } @else { span class="quiet" { (word) } }
    }
}

fn lab_action(
    reader: Reader,
    view: &ClassView,
    row: &GridRow,
    name: &'static str,
    label: &'static str,
    class: &'static str,
) -> Markup {
    html! {
        form method="post" action=(forms::class_lab(reader.language, &view.code)) {
            input type="hidden" name="learner" value=(row.learner);
            input type="hidden" name="action" value=(name);
            button class=(class) { (label) }
        }
    }
}

fn radar(reader: Reader, view: &ClassView) -> Markup {
    let pages = page_texts(reader.language);
    html! {
        section class="radar" aria-label=(pages.stuck) {
            h2 { (pages.stuck) }
            @if view.stuck.is_empty() { p class="quiet" { (pages.stuck_none) } }
            ul {
                @for stuck in &view.stuck {
                    li data-key={ "group-" (stuck.exercise) "-" (stuck.check) "-" (stuck.cause) } {
                        b class="num" { (stuck.learners.len()) }
                        div {
                            p { (text::inline(stuck.reason.cause.as_ref().unwrap_or(&stuck.reason.text))) }
                            p class="quiet" {
                                @if let Some(column) = view.columns.iter().find(|it| it.id == stuck.exercise) { (column.number) " · " }
                                ((pages.stuck_for)(time::minutes_between(stuck.since, view.now)))
                            }
                            p class="radar-names" { (names(view, stuck)) }
                            (tell(reader, view, stuck))
                        }
                    }
                }
            }
        }
    }
}

/// A hint to exactly those who stand before one reason.
fn tell(reader: Reader, view: &ClassView, stuck: &Stuck) -> Markup {
    let pages = page_texts(reader.language);
    let count = u32::try_from(stuck.learners.len()).unwrap_or(u32::MAX);
    html! {
        details class="tell" data-key={ "tell-" (stuck.exercise) "-" (stuck.check) "-" (stuck.cause) } {
            summary { ((pages.tell_these)(count)) }
            form class="form" method="post" action=(forms::announce(reader.language, &view.code)) data-said=(pages.sent) {
                input type="hidden" name="learners" value=(stuck.learners.join(" "));
                label { span { (pages.tell_hint) } textarea name="text" rows="2" maxlength="500" required {} }
                button class="button" { (pages.send) }
            }
        }
    }
}

fn names(view: &ClassView, stuck: &Stuck) -> String {
    let name = |id: &String| {
        view.grid.rows.iter().find(|row| &row.learner == id).map(|row| row.name.as_str())
    };
    stuck.learners.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}
