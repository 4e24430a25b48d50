//! `hangar sign-in-link`: lets an instructor in who has lost the cookie, or one more, beside a running server.

use std::io::Write as _;

use crate::ambient::{Ambient, digest};
use crate::app::{LINK, Site, here};
use crate::settings::SiteSettings;
use crate::store::Store;

/// Makes a link in the server's database, and prints it.
pub async fn print(settings: &SiteSettings, ambient: &Ambient) -> anyhow::Result<()> {
    let store = Store::open_existing(&settings.database_url).await?;
    let token = ambient.secret();
    store.add_sign_in_link(&digest(&token), ambient.now() + LINK).await?;
    store.close().await;
    let url = Site::new(settings.public_url.clone()).address(&here(settings.listen));
    let mut out = std::io::stdout().lock();
    writeln!(out, "Sign in as instructor, once, within a day: {url}/teach/sign-in?token={token}")?;
    Ok(())
}
