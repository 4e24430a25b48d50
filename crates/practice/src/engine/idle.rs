//! An image that is not known: it runs, does nothing, and says so.

use std::sync::Arc;

use controllers::runtime::{Container, Launch};

use super::process::{NoPrograms, OnTerminate, Process};

/// Starts it.
pub(super) fn start(launch: &Launch) -> Arc<dyn Container> {
    launch.log.out(&format!(
        "hangar: the practice cluster does not model the image {}.\n\
         hangar: this container runs, listens on no port and does nothing.",
        launch.image
    ));
    Arc::new(Process::new(OnTerminate::Exit(0), NoPrograms, None))
}
