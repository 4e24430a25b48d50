//! What surrounds every page.

use std::collections::BTreeMap;
use std::sync::Arc;

use curriculum::Language;
use frontend::forms::THEME_COOKIE;
use frontend::pages::{Crumb, Frame, Learner, Theme};
use http::header::{HOST, REFERER};
use http::{HeaderMap, HeaderName};

use crate::app::App;
use crate::classroom::progress::Record;
use crate::classroom::readers::Known;
use crate::classroom::{announcements, help};
use crate::http::api::lab;
use crate::http::cookies;
use crate::http::problem::Problem;
use crate::http::session;
use crate::told::LabStanding;

/// Who reads a page, and what is known about her.
pub(super) struct Visit {
    /// The learner and what is on record about her exercises, if she has joined.
    pub known: Option<Arc<Known>>,
    /// Her lab.
    pub lab: LabStanding,
    nothing: Record,
    /// What surrounds the page.
    pub frame: Frame,
}

impl Visit {
    /// What is on record about the reader's exercises.
    pub(super) fn record(&self) -> &Record {
        self.known.as_ref().map_or(&self.nothing, |known| &known.record)
    }
}

/// Who reads, before anything is made for her.
pub(super) struct Arrival {
    /// The learner and what is on record about her exercises, if she has joined.
    pub known: Option<Arc<Known>>,
    /// How her lab stands.
    pub lab: LabStanding,
    /// Whether an instructor is signed in.
    pub instructor: bool,
}

/// Finds out who reads the page at `path` (without its language), and remembers the language that she switched to.
pub(super) async fn arrive(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    path: &str,
) -> Result<Arrival, Problem> {
    let known = session::known(app, headers).await?;
    let instructor = session::is_instructor(app, headers).await?;
    let lab = app.labs.standing_of(known.as_ref().and_then(|known| known.lab.as_ref()));
    if let Some(known) = &known
        && known.learner.language != language
        && is_switched(headers, path)
    {
        app.store.set_language(&known.learner.id, language).await?;
    }
    Ok(Arrival { known, lab, instructor })
}

/// Whether the reader comes from the same page in another language: by the switch, not by a link that somebody sent, nor because
/// her browser fetches ahead.
fn is_switched(headers: &HeaderMap, path: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let ahead =
        text(HeaderName::from_static("sec-purpose")).is_some_and(|it| it.contains("prefetch"));
    let came_from = text(REFERER).and_then(|address| address.split_once("://")?.1.split_once('/'));
    let Some((host, from)) = came_from.filter(|_| !ahead) else { return false };
    let from = from.split_once('?').map_or(from, |(from, _)| from);
    text(HOST) == Some(host)
        && Language::ALL.iter().any(|one| from.strip_prefix(one.code()) == Some(path))
}

/// Finds out who reads, and begins the frame of the page at `path` (without its language).
pub(super) async fn visit(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    path: &str,
) -> Result<Visit, Problem> {
    let arrival = arrive(app, headers, language, path).await?;
    Ok(welcome(app, headers, language, path, arrival))
}

/// Begins the frame of the page at `path` for whoever has arrived.
pub(super) fn welcome(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    path: &str,
    arrival: Arrival,
) -> Visit {
    let Arrival { known, lab, instructor } = arrival;
    let mut frame = bare(app, headers, language, path);
    frame.instructor = instructor;
    frame.lab = Some(lab::describe(app, language, &lab));
    if let Some(known) = &known {
        frame.progress = known.record.states(&app.course());
        frame.learner = Some(Learner {
            id: known.learner.id.clone(),
            name: known.learner.name.clone(),
            class_name: known.class_name.clone(),
        });
        frame.help = help::describe(known.learner.hand.as_ref());
        let said = known.said.clone();
        frame.announcement = said.filter(|said| announcements::is_fresh(said, frame.now));
    }
    Visit { known, lab, frame, nothing: Record::default() }
}

/// The theme last chosen.
pub(super) fn theme(headers: &HeaderMap) -> Theme {
    let chosen = cookies::get(headers, THEME_COOKIE).and_then(|code| code.parse().ok());
    chosen.unwrap_or(Theme::Auto)
}

/// A frame that knows nobody.
pub(super) fn bare(app: &App, headers: &HeaderMap, language: Language, path: &str) -> Frame {
    let course = app.maps.of(&app.course(), language);
    let crumbs = vec![Crumb { text: course.title.clone(), href: None }];
    Frame {
        language,
        path: path.to_owned(),
        origin: origin(app, headers),
        title: course.title.clone(),
        description: app.course().summary.get(&language).cloned().unwrap_or_default(),
        crumbs,
        learner: None,
        instructor: false,
        lab: None,
        theme: theme(headers),
        assets: app.built.assets(),
        course,
        progress: BTreeMap::new(),
        lesson: None,
        announcement: None,
        help: wire::Help::default(),
        now: app.ambient.now(),
    }
}

/// The address in front of every path, as this reader knows it.
pub(super) fn origin(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    app.site.address(host)
}

/// Names the page and puts it below the course.
pub(super) fn name(frame: &mut Frame, title: &str) {
    let course = frame.course.title.clone();
    title.clone_into(&mut frame.title);
    frame.crumbs = vec![
        Crumb { text: course, href: Some(format!("/{}/", frame.language)) },
        Crumb { text: title.to_owned(), href: None },
    ];
}
