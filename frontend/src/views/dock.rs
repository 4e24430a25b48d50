//! The dock beside the lesson: terminal, objects, architecture, and what stands there without a lab.

use maud::{Markup, html};
use wire::{Lab, LabState};

use super::{Reader, icon, lab};

/// What the dock starts from.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct DockStart {
    /// The lab.
    pub lab: Lab,
    /// Whether the reader has joined.
    pub joined: bool,
    /// The page's path after the language.
    pub path: String,
}

/// The three things that a dock can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The shells.
    Terminal,
    /// The tree.
    Objects,
    /// The picture.
    #[default]
    Architecture,
}

impl Tab {
    /// Every tab.
    pub const ALL: [Self; 3] = [Self::Terminal, Self::Architecture, Self::Objects];

    /// Its name in attributes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Objects => "objects",
            Self::Architecture => "architecture",
        }
    }

    /// The tab that an attribute names.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }
}

/// The skeleton of the dock. What is inside of `data-own` belongs to the island from then on.
pub fn skeleton(reader: Reader, start: &DockStart) -> Markup {
    let empty = || empty(reader, &start.lab, start.joined, &start.path);
    html! {
        (separator("dock-separator", "vertical", "dock", reader.texts.resize_dock))
        div class="tabs dock-tabs" {
            button type="button" class="tab lesson-tab" data-do="lesson" { (icon::stroke(icon::PAGE)) span { (reader.texts.lesson) } }
            div class="tab-list" role="tablist" aria-label=(reader.texts.lab) {
                @for tab in Tab::ALL { (tab_button(reader, tab)) }
            }
            button type="button" class="end quiet-button" data-do="table" aria-pressed="false" { (reader.texts.as_table) }
        }
        div class="panel" id="panel-architecture" role="tabpanel" aria-labelledby="tab-architecture" tabindex="0" data-own { (empty()) }
        div class="panel" id="panel-objects" role="tabpanel" aria-labelledby="tab-objects" tabindex="0" data-own { (empty()) }
        (separator("split-separator", "horizontal", "split", reader.texts.resize_split))
        div class="tabs shell-tabs" data-own { (shells(reader, &[1], 1)) }
        div class="panel" id="panel-terminal" role="tabpanel" aria-labelledby="tab-terminal" data-own {
            div class="shells" {}
            div class="shell-note" { (empty()) }
        }
    }
}

fn tab_button(reader: Reader, tab: Tab) -> Markup {
    let (label, drawing) = match tab {
        Tab::Terminal => (reader.texts.terminal, icon::PROMPT),
        Tab::Objects => (reader.texts.objects, icon::TREE),
        Tab::Architecture => (reader.texts.architecture, icon::PLANES),
    };
    let selected = tab == Tab::default();
    html! {
        button type="button" class={ "tab tab-" (tab.code()) } id={ "tab-" (tab.code()) } role="tab" data-do="tab" data-with=(tab.code())
            aria-controls={ "panel-" (tab.code()) } aria-selected=(if selected { "true" } else { "false" })
            tabindex=(if selected { "0" } else { "-1" }) { (icon::stroke(drawing)) span { (label) } }
    }
}

/// The row of shells above the terminal.
pub fn shells(reader: Reader, numbers: &[u32], current: u32) -> Markup {
    let texts = reader.texts;
    html! {
        div class="shell-list" role="tablist" aria-label=(texts.terminal) {
            @for &number in numbers {
                button type="button" class="tab" role="tab" data-key={ "shell-" (number) } data-do="shell" data-with=(number)
                    aria-selected=(if number == current { "true" } else { "false" }) { ((texts.shell)(number)) }
            }
        }
        @if numbers.len() > 1 {
            button type="button" class="icon-button" data-do="shell-close" aria-label=(texts.shell_close) title=(texts.shell_close) { (icon::stroke(icon::CLOSE)) }
        }
        @if numbers.len() < 4 {
            button type="button" class="icon-button" data-do="shell-new" aria-label=(texts.shell_new) title=(texts.shell_new) { (icon::stroke(icon::PLUS)) }
        }
        span class="end shell-tools" {
            span class="quiet shell-leave" { (texts.shell_leave) }
            button type="button" class="icon-button" data-do="find" aria-label=(texts.shell_find) title=(texts.shell_find) { (icon::stroke(icon::FIND)) }
            button type="button" class="icon-button" data-do="reader" aria-pressed="false" aria-label=(texts.shell_reader) title=(texts.shell_reader) { (icon::stroke(icon::READER)) }
        }
    }
}

fn separator(class: &str, orientation: &str, with: &str, label: &str) -> Markup {
    html! {
        div class={ "separator " (class) } role="separator" tabindex="0" aria-orientation=(orientation) aria-label=(label)
            aria-valuemin="20" aria-valuemax="80" aria-valuenow="45" data-resize=(with) {}
    }
}

/// What stands where no shell can run; below what one has shown, if there was one.
pub fn no_shell(reader: Reader, why: &str, below: bool) -> Markup {
    html! {
        div class=(if below { "shell-line" } else { "dock-empty" }) role="status" {
            @if !below { (icon::mark()) }
            p { (why) }
            a class="button" href="/api/v1/lab/kubeconfig" { (reader.texts.lab_kubeconfig) }
        }
    }
}

/// What stands in a panel while there is nothing to show.
pub fn empty(reader: Reader, state: &Lab, joined: bool, path: &str) -> Markup {
    let texts = reader.texts;
    html! {
        div class="dock-empty" {
            (icon::mark())
            @match state.state {
                LabState::Queued | LabState::Preparing | LabState::Failed => {
                    p { @if let Some(message) = &state.message { (message) } @else if state.state == LabState::Queued { (texts.lab_queue_hint) } @else { (texts.dock_preparing) } }
                    (lab::steps(reader, &state.steps))
                }
                LabState::Ending | LabState::Ended => {
                    p { (texts.dock_ended) }
                    @if state.state == LabState::Ended { (lab::action(reader.language, path, "start", texts.lab_again, "button primary")) }
                }
                LabState::Ready => p { (texts.shell_connecting) },
                LabState::None => {
                    p { (texts.dock_empty) }
                    @if !joined { a class="button primary" href=(crate::forms::join(reader.language)) { (texts.lab_join) } }
                    @else { (lab::action(reader.language, path, "start", texts.lab_start, "button primary")) }
                    p class="quiet small" { (texts.lab_none_hint) }
                }
            }
        }
    }
}
