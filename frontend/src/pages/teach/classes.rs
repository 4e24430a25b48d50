//! The instructor's classes, and the form for a new one.

use crate::pages::Frame;

/// What the list of classes shows.
#[derive(Clone, Debug)]
pub struct ClassesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The classes, newest first.
    pub classes: Vec<wire::Class>,
    /// What was typed before, when the form comes back with a problem.
    pub draft: Option<wire::NewClass>,
    /// Why the class could not be created.
    pub problem: Option<wire::Problem>,
}

/// Makes the document.
pub fn render(page: &ClassesPage) -> String {
    page.frame.title.clone()
}
