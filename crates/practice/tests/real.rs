//! The same journeys beside a real API server, in real time.
//!
//! `HANGAR_REAL_KUBECONFIG` names an administrator's kubeconfig of an API server that has neither
//! controllers nor nodes of its own.

#![expect(clippy::unwrap_used, reason = "a journey that cannot go on ends")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use practice::{Settings, run_beside};
use support::Playground;
use tokio_util::sync::CancellationToken;

#[path = "support/journeys.rs"]
mod journeys;

const VARIABLE: &str = "HANGAR_REAL_KUBECONFIG";

async fn config() -> Config {
    let path = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "set {VARIABLE} to an administrator's kubeconfig of an API server without controllers \
             and nodes, as `cargo xtask test --real` does"
        )
    });
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a real API server goes by the real time")]
async fn the_journeys_go_the_same_way_beside_a_real_api_server() {
    let config = config().await;
    let cancel = CancellationToken::new();
    let settings = Settings::new(Arc::new(jiff::Timestamp::now), support::random());
    let run =
        run_beside(config.clone(), settings, None, "a certificate".to_owned(), cancel.clone());
    let controllers = tokio::spawn(run);
    let client = kube::Client::try_from(config).unwrap();
    let started = jiff::Timestamp::now().as_second();

    macro_rules! journeys {
        ($($name:ident),* $(,)?) => {$({
            let namespace = format!("{}-{started}", stringify!($name).replace('_', "-"));
            let namespace = namespace.chars().rev().take(50).collect::<String>();
            let namespace: String = namespace.chars().rev().collect();
            let namespace = namespace.trim_start_matches('-').to_owned();
            let playground = Playground::new(client.clone(), &namespace, None).await;
            let journey = journeys::$name(&playground);
            tokio::time::timeout(Duration::from_mins(2), journey)
                .await
                .unwrap_or_else(|_| panic!("{} took too long", stringify!($name)));
            playground.leave().await;
        })*};
    }
    journeys! {
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
    cancel.cancel();
    controllers.await.unwrap().unwrap();
}
