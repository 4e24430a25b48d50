//! Sample data for the preview: one learner called Ada, a class of twelve, one lesson in English.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontend::assets::Assets;
use frontend::pages::course::CoursePage;
use frontend::pages::error::ErrorPage;
use frontend::pages::join::JoinPage;
use frontend::pages::lesson::{AdmonitionKind, Block, Code, ExerciseCard, LessonPage};
use frontend::pages::me::MePage;
use frontend::pages::teach::{ClassPage, ClassesPage, SignInPage};
use frontend::pages::{Crumb, Frame, Learner, Link, Theme};
use wire::{
    Check, CheckState, Class, Course, CourseExercise, CourseLesson, CourseModule, Exercise,
    ExerciseState, Grid, GridCell, GridRow, Lab, LabState, LabStep, Language, LessonState, Millis,
    ObjectLink, Plane, Problem, Reason, Solution, SolutionStep, StepState, Stuck,
};

const NOW: Millis = 1_795_240_800_000;

/// Makes every view-model.
pub(crate) struct Samples {
    language: Language,
    assets: Arc<Assets>,
    course: Arc<Course>,
}

impl Samples {
    pub(crate) fn new(language: Language, manifest: &str) -> Self {
        let assets = Arc::new(Assets::parse(manifest).unwrap_or_default());
        Self { language, assets, course: Arc::new(map(language)) }
    }

    fn frame(&self, path: &str, title: &str, lab: Option<LabState>) -> Frame {
        let progress = [
            ("two-planes", ExerciseState::Passed),
            ("desired-state-loop", ExerciseState::InProgress),
        ];
        Frame {
            language: self.language,
            path: path.to_owned(),
            origin: "http://127.0.0.1:8080".to_owned(),
            title: title.to_owned(),
            description: "A sample.".to_owned(),
            crumbs: vec![
                Crumb { text: "Understand".to_owned(), href: Some("#".to_owned()) },
                Crumb { text: title.to_owned(), href: None },
            ],
            learner: Some(Learner {
                id: "1".to_owned(),
                name: "Ada".to_owned(),
                class_name: "Hybrid Mode, evening".to_owned(),
            }),
            instructor: false,
            lab: lab.map(lab_in),
            theme: Theme::Auto,
            assets: Arc::clone(&self.assets),
            course: Arc::clone(&self.course),
            progress: progress.map(|(id, state)| (id.parse().expect("an id"), state)).into(),
            lesson: None,
            announcement: None,
            help: wire::Help::default(),
            now: NOW,
        }
    }

    pub(crate) fn course(&self, joined: bool) -> CoursePage {
        let mut frame = self.frame("/", "", Some(LabState::Ready));
        frame.crumbs.clear();
        if !joined {
            frame.learner = None;
            frame.progress = BTreeMap::new();
            frame.lab = Some(lab_in(LabState::None));
        }
        let link = Link { text: "Kubernetes inside".to_owned(), href: "lesson.html".to_owned() };
        CoursePage { frame, continue_at: Some(link), open: true }
    }

    pub(crate) fn lesson(&self, lab: LabState) -> LessonPage {
        let mut frame =
            self.frame("/lessons/kubernetes-architecture", "3 · Kubernetes inside", Some(lab));
        frame.lesson = Some("kubernetes-architecture".parse().expect("a slug"));
        LessonPage {
            frame,
            number: 3,
            title: "Kubernetes inside".to_owned(),
            summary: "Who keeps your `Deployment` true, and how you can watch them do it."
                .to_owned(),
            minutes: 50,
            needs: vec![Link { text: "lesson 1".to_owned(), href: "#".to_owned() }],
            objectives: vec![
                "name the four parts of the control plane and what each is for".to_owned(),
                "tell a <em>desired</em> from an <em>observed</em> state in any object".to_owned(),
                "say from its events why a pod does not run".to_owned(),
            ],
            headings: vec![
                ("loop".to_owned(), "The loop that never ends".to_owned()),
                ("table".to_owned(), "Who does what".to_owned()),
            ],
            blocks: blocks(),
            previous: Some(Link { text: "Why two planes".to_owned(), href: "#".to_owned() }),
            next: Some(Link { text: "Publish an API".to_owned(), href: "#".to_owned() }),
        }
    }

    pub(crate) fn join(&self) -> JoinPage {
        JoinPage {
            frame: self.frame("/join", "Join", None),
            code: "PLUM-42-KITE".to_owned(),
            class_name: None,
            open: true,
            closed: false,
            name: "Ada".to_owned(),
            problem: Some(problem(409, "This class is full.", "Ask your instructor for a seat.")),
        }
    }

    pub(crate) fn me(&self) -> MePage {
        MePage {
            frame: self.frame("/me", "My progress", Some(LabState::Ready)),
            joined_at: NOW - 86_400_000,
            passed: vec![
                ("two-planes".parse().expect("an id"), NOW - 3_600_000),
                ("desired-state-loop".parse().expect("an id"), NOW - 600_000),
            ],
            cluster: None,
        }
    }

    pub(crate) fn sign_in(&self) -> SignInPage {
        SignInPage {
            frame: self.frame("/teach/sign-in", "Sign in", None),
            token: "t".to_owned(),
            problem: None,
        }
    }

    pub(crate) fn classes(&self) -> ClassesPage {
        ClassesPage {
            frame: self.frame("/teach/", "Classes", None),
            classes: vec![class("Hybrid Mode, evening", 24), class("Platform team", 8)],
            draft: None,
            problem: None,
        }
    }

    pub(crate) fn class(&self) -> ClassPage {
        let names = [
            "Ada", "Bento", "Carla", "Davi", "Elena", "Fábio", "Gabriela", "Hugo", "Inés", "João",
            "Kiara", "Luis",
        ];
        let exercises = ["two-planes", "desired-state-loop", "scheduler-says-no"];
        let rows = names.iter().enumerate().map(|(place, name)| row(place, name)).collect();
        ClassPage {
            frame: self.frame("/teach/classes/PLUM-42-KITE", "Hybrid Mode, evening", None),
            class: class("Hybrid Mode, evening", 12),
            grid: Grid {
                sequence: 1,
                exercises: exercises.map(|id| id.parse().expect("an id")).into(),
                rows,
            },
            stuck: vec![Stuck {
                exercise: "scheduler-says-no".parse().expect("an id"),
                check: "web-runs".parse().expect("an id"),
                cause: "unschedulable".to_owned(),
                reason: unschedulable(),
                learners: vec!["1".to_owned(), "5".to_owned(), "9".to_owned()],
                since: NOW - 660_000,
            }],
            join_url: "https://hangar.example/en/join/PLUM-42-KITE".to_owned(),
            order: frontend::views::grid::Order::default(),
            join_qr: None,
        }
    }

    pub(crate) fn error(&self) -> ErrorPage {
        ErrorPage {
            frame: self.frame("/nowhere", "Not found", None),
            problem: problem(404, "Nothing is kept under this address.", "Go back to the course."),
        }
    }
}

fn problem(status: u16, title: &str, next: &str) -> Problem {
    Problem {
        status,
        code: "sample".to_owned(),
        title: title.to_owned(),
        next: Some(next.to_owned()),
    }
}

fn class(name: &str, learners: u32) -> Class {
    Class {
        code: "PLUM-42-KITE".to_owned(),
        name: name.to_owned(),
        language: Language::En,
        seats: Some(40),
        learners,
        starts: Some(NOW),
        ends: None,
    }
}

fn row(place: usize, name: &str) -> GridRow {
    let cell = |column: usize| {
        let done = 2 - (place * 7 + 3) % 3;
        let stuck = column == done && place % 4 == 1;
        let state = match column {
            _ if column < done && place == 8 => ExerciseState::Broken,
            _ if column < done => ExerciseState::Passed,
            _ if column == done => ExerciseState::InProgress,
            _ => ExerciseState::NotStarted,
        };
        GridCell {
            state,
            passed: 1,
            of: 3,
            check: stuck.then(|| "web-runs".parse().expect("an id")),
            cause: stuck.then(|| "unschedulable".to_owned()),
            reason: stuck.then(unschedulable),
            since: stuck.then_some(NOW - 660_000),
        }
    };
    GridRow {
        learner: place.to_string(),
        name: name.to_owned(),
        lab: if place == 6 { LabState::Ended } else { LabState::Ready },
        lab_expires_at: (place != 6).then_some(NOW + 6_700_000),
        help: wire::Help::default(),
        cells: (0..3).map(cell).collect(),
    }
}

fn unschedulable() -> Reason {
    Reason {
        code: "unschedulable".to_owned(),
        text: "No node fits.".to_owned(),
        expected: Some("1 ready replica or more".to_owned()),
        found: Some("0 of 1: pending".to_owned()),
        cause: Some(
            "No node carries the label `disk=fast` that the pod asks for in `nodeSelector`."
                .to_owned(),
        ),
        object: Some(ObjectLink {
            kind: "Pod".to_owned(),
            namespace: "ada-dp".to_owned(),
            name: "lost-5d9c".to_owned(),
        }),
    }
}

fn lab_in(state: LabState) -> Lab {
    let steps = [
        ("Namespaces", StepState::Done),
        ("Permissions", StepState::Done),
        ("Quota and limits", StepState::Done),
        ("Network policy", StepState::Running),
        ("Toolbox", StepState::Waiting),
    ];
    let step = |(text, state): (&str, StepState)| LabStep {
        id: text.to_lowercase(),
        text: text.to_owned(),
        state,
    };
    Lab {
        state,
        steps: if state == LabState::None { Vec::new() } else { steps.map(step).into() },
        queue: None,
        expires_at: Some(NOW + 6_700_000),
        cp_namespace: Some("ada-cp".to_owned()),
        dp_namespace: Some("ada-dp".to_owned()),
        practice: true,
        message: None,
        catching_up: None,
    }
}

fn blocks() -> Vec<Block> {
    let heading = |id: &str, text: &str| Block::Html(format!("<h2 id=\"{id}\">{text}</h2>"));
    let text = |html: &str| Block::Html(html.to_owned());
    vec![
        text("<p>Nothing in Kubernetes obeys commands. You write down what should be true, and a handful of loops compare it with what <em>is</em> true, over and over.</p>"),
        heading("loop", "The loop that never ends"),
        text("<p>A <code>Deployment</code> asks for two pods; a controller counts them. Delete one, and the count is wrong for about a second. You will do this in the <b>data plane</b>, where nobody is listening yet.</p>"),
        Block::Code(Code {
            id: "code-1".to_owned(),
            language: "bash".to_owned(),
            run: Some("desired-state-loop".parse().expect("an id")),
            fails: Vec::new(),
            lines: vec![
                "kubectl -n <b class=\"yours\">ada-dp</b> create deployment echo \\".to_owned(),
                "  --image=hashicorp/http-echo --replicas=2 --port=5678".to_owned(),
                "kubectl -n <b class=\"yours\">ada-dp</b> rollout status deploy/echo".to_owned(),
            ],
            text: "kubectl -n $DP_NS create deployment echo \\\n  --image=hashicorp/http-echo --replicas=2 --port=5678\nkubectl -n $DP_NS rollout status deploy/echo\n".to_owned(),
            file: None,
            name: "kubectl -n $DP_NS create deployment echo".to_owned(),
        }),
        Block::Code(Code {
            id: "code-2".to_owned(),
            language: "output".to_owned(),
            lines: vec!["deployment \"echo\" successfully rolled out".to_owned()],
            ..Code::default()
        }),
        Block::Exercise(Box::new(exercise())),
        Block::Admonition {
            kind: AdmonitionKind::Caution,
            title: Some("For the lab only.".to_owned()),
            blocks: vec![text("<p>One certificate shared by both planes is fine here. In production you would issue one per plane and rotate them.</p>")],
        },
        heading("table", "Who does what"),
        text("<table><thead><tr><th>Part</th><th>Does</th><th>You see it in</th></tr></thead><tbody><tr><td>API server</td><td>keeps and guards every object</td><td><code>kubectl get</code></td></tr><tr><td>Scheduler</td><td>picks a node</td><td>events: <code>Scheduled</code></td></tr></tbody></table>"),
        Block::Code(Code {
            id: "code-3".to_owned(),
            language: "yaml".to_owned(),
            lines: vec!["apiVersion: v1".to_owned(), "kind: Pod".to_owned()],
            text: "apiVersion: v1\nkind: Pod\n".to_owned(),
            file: Some("labs/lost.yaml".to_owned()),
            name: "labs/lost.yaml".to_owned(),
            ..Code::default()
        }),
    ]
}

fn exercise() -> ExerciseCard {
    let check = |id: &str, text: &str, state, first: Option<Millis>, reason| Check {
        id: id.parse().expect("an id"),
        step: if id == "back" { "fix" } else { "do" }.to_owned(),
        text: text.to_owned(),
        state,
        first_passed_at: first,
        reason,
    };
    let exercise = Exercise {
        id: "desired-state-loop".parse().expect("an id"),
        state: ExerciseState::InProgress,
        step: "do".to_owned(),
        needs_start: true,
        checks: vec![
            check(
                "made",
                "A Deployment `echo` asks for two replicas",
                CheckState::Passed,
                Some(NOW),
                None,
            ),
            check(
                "ready",
                "Both pods of `echo` are ready",
                CheckState::NotYet,
                None,
                Some(unschedulable()),
            ),
            check(
                "gone",
                "The pod that was there at the start has been replaced",
                CheckState::NotYet,
                Some(NOW - 60_000),
                Some(Reason { object: None, expected: None, found: None, ..unschedulable() }),
            ),
            check("back", "Two pods are ready again", CheckState::Unknown, None, None),
        ],
        hints: 2,
    };
    ExerciseCard {
        exercise,
        number: "3.1".to_owned(),
        title: "The loop that never ends".to_owned(),
        minutes: 10,
        plane: Some(Plane::Dp),
        hints: vec![
            "Which object counts the pods?".to_owned(),
            "Delete <code>one</code> pod only.".to_owned(),
        ],
        solution: Some(Solution {
            steps: vec![SolutionStep {
                step: "do".to_owned(),
                commands: "kubectl -n $DP_NS delete pod -l app=echo".to_owned(),
            }],
        }),
        done: Some("You have seen a controller close the gap between wish and world.".to_owned()),
    }
}

fn map(language: Language) -> Course {
    let lesson =
        |number: u32, slug: &str, title: &str, state, exercises: &[(&str, &str)]| CourseLesson {
            number,
            slug: slug.parse().expect("a slug"),
            title: title.to_owned(),
            summary:
                "What a data plane needs from a control plane, and what it does when it is alone."
                    .to_owned(),
            minutes: 45,
            needs: if number > 1 {
                vec!["hybrid-mode-intro".parse().expect("a slug")]
            } else {
                Vec::new()
            },
            state,
            exercises: exercises
                .iter()
                .map(|(id, title)| CourseExercise {
                    id: id.parse().expect("an id"),
                    title: (*title).to_owned(),
                    minutes: 10,
                    checks: Vec::new(),
                })
                .collect(),
        };
    let (ready, later) = (LessonState::Published, LessonState::Announced);
    Course {
        language,
        title: "Kong Gateway in Hybrid Mode".to_owned(),
        modules: vec![
            CourseModule {
                id: "understand".to_owned(),
                title: "Understand".to_owned(),
                lessons: vec![
                    lesson(
                        1,
                        "hybrid-mode-intro",
                        "Why two planes",
                        ready,
                        &[("two-planes", "Look at both planes")],
                    ),
                    lesson(2, "reference", "Reference architecture and its ports", later, &[]),
                    lesson(
                        3,
                        "kubernetes-architecture",
                        "Kubernetes inside",
                        ready,
                        &[
                            ("desired-state-loop", "The loop that never ends"),
                            ("scheduler-says-no", "The scheduler says no"),
                        ],
                    ),
                ],
            },
            CourseModule {
                id: "build".to_owned(),
                title: "Build".to_owned(),
                lessons: vec![lesson(
                    4,
                    "database",
                    "The database behind the control plane",
                    later,
                    &[],
                )],
            },
        ],
    }
}
