//! The learner's own page: what is proven, the certificate, the kubeconfig, leaving.

use wire::{ExerciseId, Millis};

use super::Frame;

/// What the page `me` shows. The server redirects to joining when nobody has joined.
#[derive(Clone, Debug)]
pub struct MePage {
    /// What surrounds it; `frame.learner` is set.
    pub frame: Frame,
    /// When the learner joined.
    pub joined_at: Millis,
    /// When each proven exercise was first passed; the states are in `frame.progress`.
    pub passed: Vec<(ExerciseId, Millis)>,
    /// The cluster's name, e.g. `Practice cluster` or a context's.
    pub cluster: String,
}

/// Makes the document.
pub fn render(page: &MePage) -> String {
    page.frame.title.clone()
}
