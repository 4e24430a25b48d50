//! `--cluster in-cluster`: the server with what a pod is given, and the real API server.

use crate::program::Program;
use crate::rig::Rig;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_what_a_pod_is_given_makes_a_lab_and_sees_what_happens_in_it() {
    let rig = Rig::take().await;
    let (server, authority) = rig.address();
    let folder = tempfile::tempdir().unwrap();
    let token = rig.server_token().await;

    let program = Program::start_in_a_pod(folder.path(), &server, &token, &authority);

    let ada = rig.settles(program.learner("Ada").await, "Ada").await;
    let mut events = ada.browser.events(None).await;
    let create = "kubectl -n $CP_NS create configmap hello --from-literal=plane=control";
    ada.terminal.done(create).await;
    events.until(|event| event.name == "check" && event.data["state"] == "passed").await;
    ada.leaves().await;
}
