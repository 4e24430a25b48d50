//! Joining a class: a code, a name.

use super::Frame;

/// What the join page shows.
#[derive(Clone, Debug)]
pub struct JoinPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The code of the link, or what was typed before.
    pub code: String,
    /// The class's name, when the code is known.
    pub class_name: Option<String>,
    /// The name typed before, when the form comes back with a problem.
    pub name: String,
    /// Why joining did not work.
    pub problem: Option<wire::Problem>,
}

/// Makes the document.
pub fn render(page: &JoinPage) -> String {
    page.frame.title.clone()
}
