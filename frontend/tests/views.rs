//! Views as a reader meets them: what is said, what can be pressed, and what cannot yet.

use frontend::model::typist::Outcome;
use frontend::views::help::{Hand, hand};
use frontend::views::lab::{Pill, pill};
use frontend::views::plan::{PlanView, Wish, dialog};
use frontend::views::{Reader, architecture, block, dock, object, page};
use wire::{
    Announcement, Architecture, CatchingUp, Edge, Help, Lab, LabChange, LabPlan, LabState, LabStep,
    Language, Node, NodeState, ObjectDetail, ObjectEvent, ObjectLink, Plane, PlannedObject,
    Relation, StepState,
};

fn plan(removes: usize) -> LabPlan {
    let object = |number: usize| PlannedObject {
        plane: Plane::Dp,
        kind: "ConfigMap".to_owned(),
        name: format!("settings-{number}"),
    };
    LabPlan {
        change: LabChange::Renewed,
        done: false,
        removes: (0..removes).map(object).collect(),
        solves: Vec::new(),
        notes: Vec::new(),
        obstacle: None,
    }
}

fn preview(plan: Option<LabPlan>, working: bool) -> String {
    let view = PlanView { plan, working, ..PlanView::new(Wish::Reset) };
    dialog(Reader::in_utc(Language::En), &view).into_string()
}

#[test]
fn a_reset_can_be_confirmed_only_when_its_preview_is_there() {
    let confirm = r#"data-do="plan-do" disabled"#;

    assert!(preview(None, false).contains(confirm));
    assert!(!preview(Some(plan(1)), false).contains(confirm));
    assert!(preview(Some(plan(1)), true).contains(confirm), "it is done once");
}

#[test]
fn a_long_preview_names_some_and_counts_the_others() {
    let html = preview(Some(plan(20)), false);

    assert!(html.contains("settings-11") && !html.contains("settings-12"));
    assert!(html.contains("and 8 more"));
}

#[test]
fn what_cannot_be_done_says_why_and_cannot_be_confirmed() {
    let obstacle = Some("no shell runs `here`".to_owned());

    let html = preview(Some(LabPlan { obstacle, ..plan(1) }), false);

    assert!(html.contains(r#"data-do="plan-do" disabled"#));
    assert!(html.contains("no shell runs <code>here</code>"), "{html}");
}

/// A lab on its way to an exercise, at the second of three steps.
fn on_its_way(second: StepState, problem: Option<&str>) -> Lab {
    let step = |text: &str, state| LabStep { id: text.to_owned(), text: text.to_owned(), state };
    let steps = vec![
        step("Empty", StepState::Done),
        step("Solve A", second),
        step("Solve B", StepState::Waiting),
    ];
    let exercise = "scheduler-says-no".parse().expect("an id");
    let (title, problem) = ("When it says no".to_owned(), problem.map(str::to_owned));
    Lab {
        state: LabState::Ready,
        steps: Vec::new(),
        queue: None,
        expires_at: None,
        cp_namespace: None,
        dp_namespace: None,
        practice: true,
        message: None,
        catching_up: Some(CatchingUp { exercise, title, steps, problem }),
    }
}

fn pill_of(lab: Lab) -> String {
    let state = Pill { lab, joined: true, now: 0, path: "/".to_owned(), problem: None };
    pill(Reader::in_utc(Language::En), &state).into_string()
}

#[test]
fn the_pill_says_how_far_a_lab_is_on_its_way_to_an_exercise() {
    let html = pill_of(on_its_way(StepState::Running, None));

    assert!(html.contains("Catching up 1/3"), "{html}");
    assert!(html.contains("When it says no") && html.contains("Solve B"));
    assert!(!html.contains("role=\"alert\""));
}

#[test]
fn a_way_that_broke_off_says_what_was_done_and_what_to_do() {
    let lab = on_its_way(StepState::Failed, Some("`kubectl` failed. Try again."));
    let progress = lab.catching_up.clone();
    let wish = Wish::CatchUp("scheduler-says-no".parse().unwrap(), "No".to_owned());
    let view = PlanView { plan: Some(plan(0)), begun: true, progress, ..PlanView::new(wish) };

    let (in_pill, in_dialog) =
        (pill_of(lab), dialog(Reader::in_utc(Language::En), &view).into_string());

    for html in [in_pill, in_dialog] {
        assert!(html.contains("<code>kubectl</code> failed. Try again."), "{html}");
        assert!(html.contains("Solve A") && html.contains("sign bad"), "{html}");
        assert!(!html.contains(r#"data-do="plan-do" disabled"#), "it can be tried again");
    }
}

#[test]
fn a_raised_hand_says_since_when_and_can_be_lowered_without_a_script() {
    let help = Help { raised_at: Some(50_520_000), note: "<b>pods</b>".to_owned() };
    let state = Hand { help, path: "/me".to_owned(), problem: None };

    let html = hand(Reader::in_utc(Language::Es), &state).into_string();

    assert!(html.contains("14:02") && html.contains(r#"action="/es/help""#));
    assert!(html.contains(r#"value="lower""#) && html.contains(r#"value="/es/me""#));
    assert!(html.contains("&lt;b&gt;pods"), "what she wrote is text");
}

#[test]
fn an_announcement_can_be_put_away_without_a_script() {
    let words = Announcement { text: "Ten minutes left".to_owned(), at: 7 };

    let line = page::line(Reader::in_utc(Language::Pt), true, Some(&words), "/pt/me").into_string();

    assert!(line.contains(r#"action="/pt/announcements/dismiss""#));
    assert!(line.contains(r#"name="at" value="7""#) && line.contains(r#"value="/pt/me""#));
}

#[test]
fn the_picture_as_a_table_says_where_each_object_leads() {
    let node = |kind: &str, name: &str| Node {
        id: name.to_owned(),
        plane: Plane::Dp,
        kind: kind.to_owned(),
        namespace: "ada-dp".to_owned(),
        name: name.to_owned(),
        state: NodeState::Ready,
        summary: "ready".to_owned(),
        replicas: None,
        machine: None,
    };
    let edge = Edge {
        from: "web-svc".to_owned(),
        to: "web-1".to_owned(),
        relation: Relation::Routes,
        open: false,
        via: None,
    };
    let graph = Architecture {
        revision: 1,
        nodes: vec![node("Service", "web-svc"), node("Pod", "web-1")],
        edges: vec![edge],
    };

    let html = architecture::table(Reader::in_utc(Language::En), &graph).into_string();

    assert!(html.contains("not ready, gets none</span> <span class=\"object-name\">web-1"));
    assert!(html.contains(r#"data-with="dp/Service/web-svc""#));
}

#[test]
fn an_object_tells_its_owners_its_events_and_its_command() {
    let link = |kind: &str, name: &str| ObjectLink {
        kind: kind.to_owned(),
        namespace: "ada-dp".to_owned(),
        name: name.to_owned(),
    };
    let detail = ObjectDetail {
        plane: Plane::Dp,
        object: link("Pod", "web-1-a"),
        yaml: "kind: Pod\n".to_owned(),
        redacted: false,
        owners: vec![link("ReplicaSet", "web-1"), link("Deployment", "web")],
        events: vec![ObjectEvent {
            warning: true,
            reason: "FailedScheduling".to_owned(),
            message: "0/2 nodes are available".to_owned(),
            source: "default-scheduler".to_owned(),
            count: 3,
            at: None,
        }],
        command: "kubectl -n ada-dp get pod web-1-a -o yaml".to_owned(),
    };

    let html = object::detail(Reader::in_utc(Language::En), Some(&Ok(detail))).into_string();

    assert!(html.contains(r#"data-with="ReplicaSet/ada-dp/web-1""#));
    assert!(html.contains(r#"data-with="Deployment/ada-dp/web""#));
    assert!(html.contains("FailedScheduling") && html.contains("3 times"));
    assert!(html.contains(r#"data-with="kubectl -n ada-dp get pod web-1-a -o yaml""#));
}

#[test]
fn a_block_that_stopped_says_where_and_why_and_offers_to_go_on() {
    let reader = Reader::in_utc(Language::En);
    let command = "kubectl apply \\\n  -f <missing>.yaml";

    let failed = block::stopped(reader, command, Outcome::Code(1)).into_string();
    let unknown = block::stopped(reader, "kubctl", Outcome::Code(127)).into_string();
    let rest = block::left_out(reader, 2, 3).into_string();

    assert!(failed.contains("<code>kubectl apply …</code>: it ended with code 1"), "{failed}");
    assert!(unknown.contains("cannot find or run it"));
    assert!(rest.contains("2 commands were not typed.") && rest.contains(r#"data-with="3""#));
}

#[test]
fn where_no_shell_can_run_the_kubeconfig_is_offered() {
    let html = dock::no_shell(Reader::in_utc(Language::Pt), "Sem terminal.", false).into_string();

    assert!(html.contains("Sem terminal.") && html.contains(r#"href="/api/v1/lab/kubeconfig""#));
    assert!(!html.contains("download="), "a refusal must be shown, not saved");
}

#[test]
fn a_lab_says_when_its_end_is_near() {
    let shown = |minutes: i64| {
        let lab = Lab {
            state: LabState::Ready,
            steps: Vec::new(),
            queue: None,
            expires_at: Some(minutes * 60_000),
            cp_namespace: None,
            dp_namespace: None,
            practice: true,
            message: None,
            catching_up: None,
        };
        let state = Pill { lab, joined: true, now: 0, path: "/me".to_owned(), problem: None };
        pill(Reader::in_utc(Language::Es), &state).into_string()
    };

    assert!(shown(9).contains("termina pronto"));
    assert!(!shown(30).contains("termina pronto"));
}
