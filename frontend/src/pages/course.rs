//! The course as a map: modules, lessons, where the learner stands.

use super::{Frame, Link};

/// What the course page shows; the map itself is `frame.course`.
#[derive(Clone, Debug)]
pub struct CoursePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go on: the first lesson that is not proven yet.
    pub continue_at: Option<Link>,
    /// Whether the class `open` takes everyone, so that a name is enough to join.
    pub open: bool,
}

/// Makes the document.
pub fn render(page: &CoursePage) -> String {
    page.frame.title.clone()
}
