//! One class: its code, the live grid of learners and exercises, where people are stuck.

use crate::pages::Frame;

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
    /// The same as a QR code: an `<svg>` in `currentColor`.
    pub join_qr: Option<String>,
}

/// Makes the document.
pub fn render(page: &ClassPage) -> String {
    page.frame.title.clone()
}
