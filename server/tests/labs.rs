//! A lab on the practice cluster: made, checked, broken, ended.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use curriculum::{CheckState, ExerciseState, Language};
use hangar::checking::{self, Checking};
use hangar::cluster::connect::{Connection, Options, Source, connect};
use hangar::cluster::{Changes, Limits};
use hangar::content::Library;
use hangar::labs::{self, Labs, Roster};
use hangar::store::{Class, Learner, Store};
use hangar::tasks::Tasks;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;
use wire::LabState;

/// Labs and checks over a practice cluster and a database of their own.
struct House {
    labs: Arc<Labs>,
    checking: Arc<Checking>,
    library: Library,
    _connection: Connection,
    _folder: tempfile::TempDir,
    tasks: Tasks,
}

impl Drop for House {
    fn drop(&mut self) {
        self.tasks.stopping().cancel();
    }
}

/// The wall clock, which TLS certificates are held against, and numbers that never repeat.
#[expect(clippy::disallowed_methods, reason = "this is where time comes into the test")]
fn ambient() -> (hangar::labs::Clock, hangar::labs::Random) {
    let started = tokio::time::Instant::now();
    let base = Timestamp::now();
    let clock: hangar::labs::Clock = Arc::new(move || base + started.elapsed());
    let state = Mutex::new(0x9E37_79B9_7F4A_7C15_u64);
    let random: hangar::labs::Random = Arc::new(move || {
        let mut state = state.lock().unwrap();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 27)
    });
    (clock, random)
}

async fn house() -> House {
    let (clock, random) = ambient();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hangar.db").display());
    let store = Store::open(&url).await.unwrap();
    let class = Class {
        id: "c".to_owned(),
        code: "open".to_owned(),
        name: "Open".to_owned(),
        language: Language::En,
        seats: 10,
        learners: 0,
        starts_at: None,
        ends_at: None,
        announced_at: None,
    };
    store.add_class(&class, 0).await.unwrap();
    let learner = Learner {
        id: "ada".to_owned(),
        class_id: "c".to_owned(),
        name: "Ada".to_owned(),
        language: Language::En,
        joined_at: 0,
        hand: None,
        dismissed_at: 0,
    };
    store.add_learner(learner, "token".to_owned(), i64::MAX).await.unwrap();
    let (for_labs, for_checks) = (Arc::new(Changes::default()), Arc::new(Changes::default()));
    let options = Options {
        installation: "test".to_owned(),
        limits: Limits::default(),
        toolbox_image: Some("hangar/toolbox:test".to_owned()),
        external_server: None,
        readers: vec![Arc::clone(&for_labs), Arc::clone(&for_checks)],
        clock: clock.clone(),
        random: random.clone(),
    };
    let source = Source::Practice { listen: "127.0.0.1:0".parse().unwrap() };
    let connection = connect(&source, options).await.unwrap();
    let cluster = connection.cluster.clone();
    let tasks = Tasks::default();
    cluster.watch(&tasks);
    let library = Library::open(None).unwrap();
    let roster = Arc::new(Roster::default());
    let publish: labs::Publish = Arc::new(|_, _| {});
    let labs = Arc::new(Labs::new(labs::Parts {
        store: store.clone(),
        cluster: cluster.clone(),
        changes: for_labs,
        course: library.course(),
        clock: clock.clone(),
        random,
        publish: publish.clone(),
        settings: labs::Settings { lifetime: 3_600_000, extension: 600_000, at_once: 4, most: 10 },
        roster: Arc::clone(&roster),
    }));
    tokio::spawn(Arc::clone(&labs).run(tasks.clone()));
    let checking = Arc::new(Checking::new(checking::Parts {
        store,
        cluster,
        changes: for_checks,
        course: library.course(),
        clock,
        publish,
        roster,
    }));
    tokio::spawn(Arc::clone(&checking).run(tasks.stopping().clone()));
    House { labs, checking, library, _connection: connection, _folder: folder, tasks }
}

impl House {
    async fn until(&self, state: LabState) {
        self.eventually(async || self.labs.standing("ada").await.unwrap().state == state).await;
    }

    /// Waits until something holds; the test's patience is the limit.
    async fn eventually(&self, mut holds: impl AsyncFnMut() -> bool) {
        let waited = tokio::time::timeout(Duration::from_secs(30), async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        waited.await.expect("it holds in the end");
    }

    async fn first_exercise(&self) -> checking::ExerciseView {
        let course = self.library.course().borrow().clone();
        let exercise = course.exercise(&"your-two-namespaces".parse().unwrap()).unwrap();
        self.checking.exercise("ada", exercise).await.unwrap()
    }

    /// The learner's own client, by the kubeconfig that she would download.
    async fn learner(&self) -> kube::Client {
        let text = self.labs.kubeconfig("ada", "127.0.0.1").await.unwrap();
        let kubeconfig = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

fn hello(plane: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": "hello"}, "data": {"plane": plane}}))
        .unwrap()
}

#[tokio::test]
async fn a_lab_is_made_its_checks_turn_green_and_red_and_it_ends() {
    let house = house().await;

    house.labs.start("ada", "Ada").await.unwrap();
    house.until(LabState::Ready).await;
    let standing = house.labs.standing("ada").await.unwrap();
    let client = house.learner().await;
    let cp: Api<ConfigMap> = Api::namespaced(client.clone(), &standing.cp_namespace.unwrap());
    let dp: Api<ConfigMap> = Api::namespaced(client, &standing.dp_namespace.unwrap());

    cp.create(&PostParams::default(), &hello("control")).await.unwrap();
    dp.create(&PostParams::default(), &hello("data")).await.unwrap();
    house
        .eventually(async || house.first_exercise().await.standing.state == ExerciseState::Passed)
        .await;

    cp.delete("hello", &DeleteParams::default()).await.unwrap();
    house
        .eventually(async || house.first_exercise().await.standing.state == ExerciseState::Broken)
        .await;
    let view = house.first_exercise().await;
    assert_eq!(view.checks[0].state, CheckState::NotYet);
    assert_eq!(view.checks[0].reason.as_ref().unwrap().code, "missing-object");
    assert!(view.checks[0].first_passed_at.is_some());
    assert_eq!(view.checks[1].state, CheckState::Passed);

    assert!(house.labs.end("ada").await.unwrap());
    house.until(LabState::Ended).await;
}
