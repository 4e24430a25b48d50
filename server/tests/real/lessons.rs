//! Every exercise, from the page's own blocks: red, green, broken, mended.

use curriculum::markdown::walk;
use curriculum::{Block, CodeUse, Exercise, Language, Lesson};
use serde_json::json;

use crate::rig::{Learner, Rig};

/// What a page asks its reader to do, in order.
enum Act {
    Start,
    Type { step: String, commands: String },
}

fn acts(lesson: &Lesson, exercise: &Exercise) -> Vec<Act> {
    let mut acts = Vec::new();
    walk(&lesson.page(Language::En).blocks, &mut |block| match block {
        Block::Exercise { id, .. } if *id == exercise.id => acts.push(Act::Start),
        Block::Code(code) => {
            if let CodeUse::Run { exercise: of, step, .. } = &code.purpose
                && *of == exercise.id
            {
                let step = step.clone().unwrap_or_else(|| exercise.steps[0].clone());
                let whole = exercise.solution.get(&step).cloned();
                let commands = whole.unwrap_or_else(|| code.text.clone());
                acts.push(Act::Type { step, commands });
            }
        }
        _ => {}
    });
    acts
}

/// Does an exercise as its page says, then breaks and mends it in each way that its author knows.
async fn does(learner: &Learner, lesson: &Lesson, exercise: &Exercise) {
    let before = learner.card(exercise).await;
    let checks = before["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["state"] != "passed"), "{before:#}");

    let mut reached = exercise.steps[0].clone();
    for act in acts(lesson, exercise) {
        match act {
            Act::Start => {
                let path = format!("/api/v1/exercises/{}/start", exercise.id);
                let answer = learner.browser.post(&path, json!({})).await;
                assert!(answer.status.is_success(), "{}", answer.text);
            }
            Act::Type { step, commands } => {
                if step != reached {
                    learner.sees(exercise, &reached, &[]).await;
                    reached = step;
                }
                learner.terminal.types(&commands).await;
            }
        }
    }
    let last = exercise.steps.last().unwrap();
    learner.sees(exercise, last, &[]).await;
    assert_eq!(learner.card(exercise).await["state"], "passed");

    for sabotage in &exercise.sabotage {
        let red: Vec<&str> = sabotage.red.iter().map(curriculum::CheckId::as_str).collect();
        learner.terminal.done(&sabotage.run).await;
        learner.sees(exercise, last, &red).await;
        assert_eq!(learner.card(exercise).await["state"], "broken");

        let repair = sabotage.repair.clone();
        let repair = repair.unwrap_or_else(|| lesson.solution(exercise, last, Language::En));
        learner.terminal.types(&repair).await;
        learner.sees(exercise, last, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exercise_turns_green_and_red_by_the_learners_own_kubectl() {
    let rig = Rig::take().await;
    let app = rig.serve().await;
    let ada = rig.learner(&app, "Ada").await;

    let course = app.inner.course();
    for (lesson, exercise) in course.exercises() {
        does(&ada, lesson, exercise).await;
    }

    let namespaces = ["CP_NS", "DP_NS", "BOX"].map(|name| ada.terminal.variable(name).to_owned());
    ada.leaves().await;
    let admin = rig.admin();
    let look = format!("kubectl get ns --ignore-not-found -o name {}", namespaces.join(" "));
    assert_eq!(admin.done(&look).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_kubectl_comes_as_an_event() {
    let rig = Rig::take().await;
    let app = rig.serve().await;
    let ada = rig.learner(&app, "Ada").await;
    let mut events = ada.browser.events(None).await;

    let create = "kubectl -n $CP_NS create configmap hello --from-literal=plane=control";
    ada.terminal.done(create).await;

    let green = |state: &'static str| {
        move |event: &crate::app::Event| {
            event.name == "check"
                && event.data["check"] == "cp-hello"
                && event.data["state"] == state
        }
    };
    events.until(green("passed")).await;
    ada.terminal.done("kubectl -n $CP_NS delete configmap hello").await;
    let red = events.until(green("not-yet")).await;
    assert_eq!(red.data["reason"]["code"], "missing-object");
    ada.leaves().await;
}
