//! What surrounds every page: language, theme, who is here, where the page stands, the course's rail.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use wire::{ExerciseId, ExerciseState, Language, LessonSlug, Millis};

use crate::assets::Assets;

/// What every page needs to know besides its own content.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of this page.
    pub language: Language,
    /// The page's path after the language, with its leading `/`: `/lessons/hybrid-mode-intro`. The same in every
    /// language, so that the language links keep the place.
    pub path: String,
    /// The address in front of every path, as the reader typed it: search engines want whole addresses.
    pub origin: String,
    /// The page's title, without the product's name.
    pub title: String,
    /// One sentence for search engines and link previews.
    pub description: String,
    /// Where this page stands, from the outside in; the last one is the page itself and has no link.
    pub crumbs: Vec<Crumb>,
    /// Who reads, if she has joined.
    pub learner: Option<Learner>,
    /// Whether an instructor is signed in.
    pub instructor: bool,
    /// The learner's lab; `None` where no lab belongs on the page. Someone who has not joined yet has one in the
    /// state `none`.
    pub lab: Option<wire::Lab>,
    /// The theme last chosen, from the cookie.
    pub theme: Theme,
    /// The built files.
    pub assets: Arc<Assets>,
    /// The course in this page's language, for the rail and for titles.
    pub course: Arc<wire::Course>,
    /// The learner's exercises that are not `not-started`.
    pub progress: BTreeMap<ExerciseId, ExerciseState>,
    /// The lesson that this page shows.
    pub lesson: Option<LessonSlug>,
    /// The instructor's last words to this learner, if they are recent and she has not dismissed them.
    pub announcement: Option<wire::Announcement>,
    /// Whether the learner's hand is up.
    pub help: wire::Help,
    /// The server's time, for what is left of a lab.
    pub now: Millis,
}

/// One step of the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// What it is called.
    pub text: String,
    /// Where it is; `None` for the page itself.
    pub href: Option<String>,
}

/// A text with a place to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the reader sees.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

/// Who reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learner {
    /// The learner's id.
    pub id: String,
    /// The learner's name.
    pub name: String,
    /// The class's name.
    pub class_name: String,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The value of the cookie.
    pub fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The text is not a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTheme;

impl FromStr for Theme {
    type Err = UnknownTheme;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|theme| theme.code() == code).ok_or(UnknownTheme)
    }
}
