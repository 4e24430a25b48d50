//! The plain forms of the pages: what is posted where when no script runs.
//!
//! Every form is `application/x-www-form-urlencoded`, answers with `303 See Other`, and carries `back`: the path
//! to return to (the server must refuse one that does not start with a single `/`). Islands catch the submit and
//! call the JSON API instead.
//!
//! | action | fields |
//! |---|---|
//! | [`THEME`] | `theme` = `auto`, `light` or `dark`; `back` |
//! | [`join`] | `code`, `name` |
//! | [`lab`] | `action` = `start`, `extend`, `reset` or `end`; `back` |
//! | [`start_exercise`] | `back` |
//! | [`leave`] | – |
//! | [`delete_me`] | `confirm` = `yes` |
//! | [`sign_in`] | `token` |
//! | [`sign_out`] | – |
//! | [`classes`] | `name`, `language`, `seats`, `starts`, `ends` (`YYYY-MM-DDTHH:MM`, UTC, may be empty) |
//! | [`class_lab`] | `learner`, `action` = `extend`, `end` or `lower-hand` |
//! | [`announce`] | `text`; `learners`: their ids with spaces between, empty for everyone |
//! | [`help`] | `action` = `raise` or `lower`, `note`, `back` |
//! | [`dismiss`] | `at`, `back` |

use wire::{ExerciseId, Language};

/// Sets the cookie [`THEME_COOKIE`].
pub const THEME: &str = "/theme";
/// Holds `auto`, `light` or `dark`.
pub const THEME_COOKIE: &str = "theme";
/// Holds `en`, `pt` or `es`: the language last chosen.
pub const LANGUAGE_COOKIE: &str = "language";

/// Joins a class.
pub fn join(language: Language) -> String {
    format!("/{language}/join")
}

/// Starts, extends, resets or ends the learner's lab.
pub fn lab(language: Language) -> String {
    format!("/{language}/lab")
}

/// Records the baseline of an exercise.
pub fn start_exercise(language: Language, exercise: &ExerciseId) -> String {
    format!("/{language}/exercises/{exercise}/start")
}

/// Ends the learner's session in this browser; nothing is deleted.
pub fn leave(language: Language) -> String {
    format!("/{language}/me/leave")
}

/// Deletes everything that is known about the learner, with the lab.
pub fn delete_me(language: Language) -> String {
    format!("/{language}/me/delete")
}

/// Signs an instructor in with the one-time token.
pub fn sign_in(language: Language) -> String {
    format!("/{language}/teach/sign-in")
}

/// Ends the instructor's session in this browser.
pub fn sign_out(language: Language) -> String {
    format!("/{language}/teach/sign-out")
}

/// Creates a class.
pub fn classes(language: Language) -> String {
    format!("/{language}/teach/classes")
}

/// Extends or ends one learner's lab.
pub fn class_lab(language: Language, code: &str) -> String {
    format!("/{language}/teach/classes/{code}/labs")
}

/// Says something to a class, or to some of it.
pub fn announce(language: Language, code: &str) -> String {
    format!("/{language}/teach/classes/{code}/announce")
}

/// Raises or lowers the learner's hand.
pub fn help(language: Language) -> String {
    format!("/{language}/help")
}

/// Puts an announcement away.
pub fn dismiss(language: Language) -> String {
    format!("/{language}/announcements/dismiss")
}
