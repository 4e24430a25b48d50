//! What learners do in the lessons, in stepped time.

#![expect(clippy::unwrap_used, reason = "a journey that cannot go on ends")]

mod support;

use support::Playground;

#[path = "support/journeys.rs"]
mod journeys;

macro_rules! journey {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            journeys::$name(&Playground::start().await).await;
        }
    )*};
}

journey! {
    deleted_pods_are_replaced_and_served_again,
    a_pod_that_fits_nowhere_says_so_until_it_is_mended,
    a_rolling_update_never_falls_below_what_is_wanted,
    a_full_namespace_shows_in_replicaset_and_deployment,
    a_deleted_deployment_takes_everything_along,
    a_deleted_namespace_leaves_nothing,
    an_image_that_does_not_exist_is_pulled_again_and_again,
    a_missing_secret_is_named_until_it_is_there,
    a_crashing_container_waits_longer_each_time,
}
