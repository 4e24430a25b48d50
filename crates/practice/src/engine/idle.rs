//! An image that is not known: it runs, does nothing, and says so.

use std::sync::Arc;

use controllers::runtime::{Container, Launch, StartError};

use super::process::{NoPrograms, OnTerminate, Process};

/// Starts it.
#[expect(clippy::unnecessary_wraps, reason = "every behaviour starts alike")]
pub(super) fn start(launch: &Launch) -> Result<Arc<dyn Container>, StartError> {
    launch.log.out(&format!(
        "hangar: the practice cluster does not model the image {}.\n\
         hangar: this container runs, listens on no port and does nothing.",
        launch.image
    ));
    Ok(Arc::new(Process::new(OnTerminate::Exit(0), NoPrograms, None)))
}
