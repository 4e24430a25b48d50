//! The rail of the course: a lesson's sign follows the exercises of the one who reads.

use wire::Event;

use super::store::Happening;
use super::{dom, reader, store};
use crate::views::rail;

/// Follows the learner's progress.
pub(crate) fn attach() {
    store::listen(move |happening| {
        let Happening::Server(Event::Progress(change)) = happening else { return };
        let Some(root) = dom::document().document_element() else { return };
        for link in dom::all(&root, ".rail a[data-states]") {
            let attribute = |name: &str| link.get_attribute(name).unwrap_or_default();
            let mut states = rail::read(&attribute("data-states"));
            let exercise = states.iter_mut().find(|(id, _)| *id == change.exercise);
            let Some((_, state)) = exercise else { continue };
            *state = change.state;
            let _ = link.set_attribute("data-states", &rail::write(&states));
            dom::draw(&link, rail::inside(reader(), &attribute("data-title"), &states));
        }
    });
}
