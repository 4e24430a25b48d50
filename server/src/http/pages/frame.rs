//! What surrounds every page.

use std::collections::BTreeMap;
use std::sync::Arc;

use curriculum::Language;
use frontend::forms::THEME_COOKIE;
use frontend::pages::{Crumb, Frame, Learner, Theme};
use http::HeaderMap;

use crate::app::App;
use crate::classroom::progress::{Record, course_map};
use crate::http::api::lab;
use crate::http::cookies;
use crate::http::problem::Problem;
use crate::http::session;
use crate::store;
use crate::told::LabStanding;

/// Who reads a page, and what is known about her.
pub(super) struct Visit {
    /// The learner, if she has joined.
    pub learner: Option<store::Learner>,
    /// What is on record about her exercises.
    pub record: Record,
    /// Her lab.
    pub lab: LabStanding,
    /// What surrounds the page.
    pub frame: Frame,
}

/// Finds out who reads, and begins the frame of the page at `path` (without its language).
pub(super) async fn visit(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    path: &str,
) -> Result<Visit, Problem> {
    let learner = session::learner_of(app, headers).await?;
    let mut visit = Visit {
        learner: None,
        record: Record::default(),
        lab: LabStanding::default(),
        frame: bare(app, headers, language, path),
    };
    visit.frame.instructor = session::is_instructor(app, headers).await?;
    if let Some(learner) = &learner {
        if learner.language != language {
            app.store.set_language(&learner.id, language).await?;
        }
        let class = app.store.class_by_id(&learner.class_id).await?;
        visit.record = Record::load(&app.store, &learner.id).await?;
        visit.lab = app.labs.standing(&learner.id).await?;
        visit.frame.progress = visit.record.states(&app.course());
        visit.frame.learner = Some(Learner {
            id: learner.id.clone(),
            name: learner.name.clone(),
            class_name: class.map(|class| class.name).unwrap_or_default(),
        });
    }
    visit.frame.lab = Some(lab::describe(app, language, &visit.lab));
    visit.learner = learner;
    Ok(visit)
}

/// A frame that knows nobody.
pub(super) fn bare(app: &App, headers: &HeaderMap, language: Language, path: &str) -> Frame {
    let course = Arc::new(course_map(&app.course(), language));
    let crumbs = vec![Crumb { text: course.title.clone(), href: None }];
    let theme = cookies::get(headers, THEME_COOKIE).and_then(|code| code.parse().ok());
    Frame {
        language,
        path: path.to_owned(),
        title: course.title.clone(),
        description: app.course().summary.get(&language).cloned().unwrap_or_default(),
        crumbs,
        learner: None,
        instructor: false,
        lab: None,
        theme: theme.unwrap_or(Theme::Auto),
        assets: app.built.assets(),
        course,
        progress: BTreeMap::new(),
        lesson: None,
        announcement: None,
        help: wire::Help::default(),
        now: app.ambient.now(),
    }
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
