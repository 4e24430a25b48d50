//! Server-sent events, resumable.
//!
//! Whoever comes with `Last-Event-ID` gets what came after it, without gap or double. Whoever comes without one, or
//! has been away for longer than events are kept, gets the whole picture first; only its last event carries a
//! number, so that a picture that was cut is sent again.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use curriculum::{ExerciseState, Language};
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use tokio::sync::watch;

use super::body::{Asked, In};
use super::language::Reader;
use super::limits::{Held, Kind, Refused};
use super::problem::Problem;
use super::session::{self, Instructor, Learner};
use crate::app::{App, objects_of};
use crate::classroom::announcements;
use crate::classroom::help;
use crate::classroom::progress::{Record, reason_of};
use crate::classroom::words::{Planes, Words};
use crate::store::Error;
use crate::told::{CheckStanding, ExerciseStanding, LabStanding, Told};

const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How often a quiet stream looks by itself: for events of other replicas, and for a session that has ended.
const POLL: Duration = Duration::from_secs(1);
/// How many events are read at once.
const BATCH: i64 = 64;

/// From where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    /// The number of the last event seen: what `Last-Event-ID` says, for clients that cannot set headers.
    after: Option<i64>,
}

/// The learner's stream: each event by its name, with what it says as JSON. `objects` says that the lab's objects have
/// changed; it has no number and is not told again.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(("Last-Event-ID" = Option<i64>, Header), ("after" = Option<i64>, Query)), responses((status = 200, content_type = "text/event-stream", body = wire::Event), (status = "4XX", body = wire::Problem)))]
pub async fn stream(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Learner(learner): Learner,
    Reader(language): Reader,
    headers: HeaderMap,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    let held = hold(&app, &learner.id, address.ip())?;
    let session = session::learner_hash(&app, &headers).unwrap_or_default();
    let follower = app.hub.follow(&learner.id);
    let feed = Feed { app, learner: learner.id, language, session, follower, objects: None };
    Ok(answer(held, feed.run(last_seen(&headers).or(from.after))))
}

/// A place among the streams that are open.
fn hold(app: &App, person: &str, address: IpAddr) -> Result<Held, Problem> {
    app.open.hold(Kind::Events, person, address).map_err(|refused| match refused {
        Refused::Person => Problem::TooManyOpen(Kind::Events.most()),
        Refused::Address => Problem::TooManyFromAddress,
    })
}

fn last_seen(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Answers with events; the place is given back when nobody reads them any more.
fn answer(
    held: Held,
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let events = events.inspect(move |_| _ = &held);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Proxies that collect answers would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// What one open stream needs to remember.
struct Feed {
    app: App,
    learner: String,
    language: Language,
    session: String,
    follower: watch::Receiver<i64>,
    /// The lab that is ready, and what wakes whoever looks at its objects.
    objects: Option<(String, watch::Receiver<i64>)>,
}

/// Why a quiet stream goes on.
enum Woken {
    /// There may be something to tell.
    Look,
    /// The lab's objects have changed.
    Objects,
    /// It does not: nobody may read it any more, or the server stops.
    Over,
}

impl Feed {
    fn run(
        mut self,
        seen: Option<i64>,
    ) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
        async_stream::stream! {
            let resumed = seen.is_some();
            let mut seen = seen;
            let mut foreign = true;
            let mut first = true;
            loop {
                // Marked before reading: what comes while we read wakes us again.
                self.follower.borrow_and_update();
                let Ok((events, last)) = self.next(seen, foreign).await else { break };
                foreign = false;
                let quiet = events.is_empty();
                seen = Some(last);
                for event in events {
                    yield Ok(event);
                }
                if !quiet || first {
                    self.find_lab().await;
                    // While the line was cut, objects may have changed; nobody has told of it.
                    if first && resumed && self.objects.is_some() {
                        yield Ok(self.revision());
                    }
                    first = false;
                }
                if !quiet {
                    continue;
                }
                match self.wait().await {
                    Woken::Look => {}
                    Woken::Objects => yield Ok(self.revision()),
                    Woken::Over => break,
                }
            }
        }
    }

    /// Follows the objects of the lab that is ready now.
    async fn find_lab(&mut self) {
        let lab = self.app.labs.ready(&self.learner).await.ok().map(|names| names.id);
        if lab.as_ref() != self.objects.as_ref().map(|(lab, _)| lab) {
            self.objects = lab.map(|lab| {
                let follower = self.app.hub.follow(&objects_of(&lab));
                (lab, follower)
            });
        }
    }

    /// Says that the lab's objects have changed. It has no number: nobody needs to hear of it twice.
    fn revision(&self) -> Event {
        let lab = self.objects.as_ref().map(|(lab, _)| lab.as_str()).unwrap_or_default();
        let revision = self.app.cluster.index().revision(lab);
        Event::default().event("objects").data(format!("{{\"revision\":{revision}}}"))
    }

    /// What the client has not seen yet. A `foreign` number is the client's word alone.
    async fn next(&self, seen: Option<i64>, foreign: bool) -> Result<(Vec<Event>, i64), Error> {
        let Some(seen) = seen else { return self.picture().await };
        let batch = self.app.store.events_after(&self.learner, seen, BATCH).await?;
        let Some((first, _)) = batch.first() else {
            // Our own numbers need no proof.
            if !foreign {
                return Ok((Vec::new(), seen));
            }
            let known = self.app.store.last_sequence(&self.learner).await?;
            // A number from another database, or from before a restore.
            return if seen > known { self.picture().await } else { Ok((Vec::new(), seen)) };
        };
        if *first != seen + 1 {
            return self.picture().await;
        }
        let lab = self.lab().await;
        let last = batch.last().map_or(seen, |(number, _)| *number);
        let events = batch
            .iter()
            .filter_map(|(number, data)| {
                let told: Told = serde_json::from_str(data).ok()?;
                Some(self.event(&told, &lab).id(number.to_string()))
            })
            .collect();
        Ok((events, last))
    }

    async fn lab(&self) -> LabStanding {
        let known = self.app.readers.find(&self.session, self.app.ambient.now()).await;
        let lab = known.ok().flatten().and_then(|known| known.lab.clone());
        self.app.labs.standing_of(lab.as_ref())
    }

    fn event(&self, told: &Told, lab: &LabStanding) -> Event {
        let course = self.app.course();
        let words = Words {
            course: &course,
            language: self.language,
            practice: self.app.cluster.settings().practice,
        };
        let event = words.event(told, Planes::from(lab));
        let data = match &event {
            wire::Event::Lab(lab) => serde_json::to_string(lab),
            wire::Event::Check(check) => serde_json::to_string(check),
            wire::Event::Progress(progress) => serde_json::to_string(progress),
            wire::Event::Announcement(announcement) => serde_json::to_string(announcement),
            wire::Event::Help(help) => serde_json::to_string(help),
        };
        Event::default().event(event.name()).data(data.expect("events are made of plain data"))
    }

    /// Everything as it stands.
    async fn picture(&self) -> Result<(Vec<Event>, i64), Error> {
        // The number first: what happens while we look is told again, which does no harm.
        let number = self.app.store.last_sequence(&self.learner).await?;
        let lab = self.lab().await;
        let record = Record::load(&self.app.store, &self.learner).await?;
        let course = self.app.course();
        let mut events = Vec::new();
        for (_, exercise) in course.exercises() {
            let standing = record.standing(exercise);
            if standing.state != ExerciseState::NotStarted {
                let (state, step) = (standing.state, standing.step);
                let told = ExerciseStanding { exercise: exercise.id.clone(), state, step };
                events.push(self.event(&Told::Progress(told), &lab));
            }
            for check in &exercise.checks {
                let result = record.result(exercise.id.as_str(), check.id.as_str());
                let Some(result) = result else { continue };
                let told = Told::Check(CheckStanding {
                    exercise: exercise.id.clone(),
                    check: check.id.clone(),
                    state: result.state,
                    first_passed_at: result.first_passed_at,
                    reason: reason_of(result),
                });
                events.push(self.event(&told, &lab));
            }
        }
        events.extend(self.people().await?.iter().map(|told| self.event(told, &lab)));
        events.push(self.event(&Told::Lab(lab.clone()), &lab).id(number.to_string()));
        Ok((events, number))
    }

    /// The learner's hand, and what the instructor said last.
    async fn people(&self) -> Result<Vec<Told>, Error> {
        let Some(learner) = self.app.store.learner(&self.learner).await? else {
            return Ok(Vec::new());
        };
        let mut told = vec![Told::Help(help::describe(learner.hand.as_ref()))];
        if let Some(class) = self.app.store.class_by_id(&learner.class_id).await? {
            let now = self.app.ambient.now();
            let said =
                announcements::current(&self.app.store, class.announced_at, &learner, now).await?;
            told.extend(said.map(|said| Told::Announcement { text: said.text, at: said.at }));
        }
        Ok(told)
    }

    /// Waits for something new.
    async fn wait(&mut self) -> Woken {
        let stopping = self.app.stopping.clone();
        let mut rounds = 0_u8;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Woken::Over,
                () = changed(&mut self.objects) => return Woken::Objects,
                changed = self.follower.changed() => {
                    // It may be a nudge: who may read this has changed.
                    let over = changed.is_err() || session::is_over(&self.app, &self.session).await;
                    return if over { Woken::Over } else { Woken::Look };
                }
                () = tokio::time::sleep(POLL) => {
                    if session::is_over(&self.app, &self.session).await {
                        return Woken::Over;
                    }
                    rounds += 1;
                    if rounds == 15 {
                        return Woken::Look;
                    }
                }
            }
        }
    }
}

/// Returns when the objects that are followed have changed; never, when none are.
async fn changed(objects: &mut Option<(String, watch::Receiver<i64>)>) {
    let followed = match objects {
        Some((_, follower)) => follower.changed().await.is_ok(),
        None => false,
    };
    if !followed {
        std::future::pending::<()>().await;
    }
}

/// A class's stream for its instructor: `grid` events that say that something has changed, by number.
#[utoipa::path(get, path = "/api/v1/teach/classes/{code}/events", tag = "events", params(("code" = String, Path)), responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = wire::Problem)))]
pub async fn of_class(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    _: Instructor,
    headers: HeaderMap,
    In(code): In<String>,
) -> Result<Response, Problem> {
    let session = session::instructor_hash(&app, &headers).unwrap_or_default();
    let held = hold(&app, &session, address.ip())?;
    let class = super::api::teach::class_of(&app, &code).await?;
    let mut follower = app.hub.follow(&class.id);
    let events = async_stream::stream! {
        loop {
            let Ok(number) = app.store.class_sequence(&class.id).await else { break };
            let event = Event::default().event("grid").id(number.to_string());
            yield Ok(event.data(format!("{{\"sequence\":{number}}}")));
            // A class that works makes many events a second; an instructor reads one picture a second.
            tokio::time::sleep(Duration::from_millis(500)).await;
            tokio::select! {
                () = app.stopping.cancelled() => break,
                () = session::over(&app, &session) => break,
                changed = follower.changed() => if changed.is_err() { break },
            }
        }
    };
    Ok(answer(held, events))
}
