//! Builds what the browser loads.

use anyhow::Result;

/// Builds the site.
pub(crate) fn build(_release: bool) -> Result<()> {
    Ok(())
}
