//! Everything a client can be told went wrong, as RFC 9457 problem details in the reader's language.
//!
//! A handler returns a [`Problem`]; it does not know who reads. The outermost layer ([`super::words`]) gives it
//! words: `problem-<code>` and its attribute `.next`, as JSON for the API and as a page for people.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use curriculum::{Parameter, Reason};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::causes::chain;
use crate::classroom::join::JoinError;
use crate::classroom::names::NameError;
use crate::{cluster, labs, store};

/// Everything a client can be told went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// There is no such page or thing.
    NotFound,
    /// The address exists, but not for this method.
    MethodNotAllowed,
    /// The request comes from another site's page.
    ForeignOrigin,
    /// The request rides on a cookie and does not say where it comes from.
    OriginMissing,
    /// Nobody is signed in.
    SignedOut,
    /// Only an instructor may do this.
    InstructorOnly,
    /// The body, or what the address asks for, cannot be read; in the parser's words.
    Malformed(String),
    /// The address asks for a language that is not there.
    LanguageUnknown(String),
    /// The body is larger than allowed.
    TooLarge,
    /// Too many wrong codes from one address.
    TooManyTries,
    /// The person holds more open than this.
    TooManyOpen(usize),
    /// Too much is held open from one address.
    TooManyFromAddress,
    /// The request did not arrive in time.
    Unfinished,
    /// The answer was not ready in time.
    TookTooLong,
    /// No class has this code.
    ClassUnknown,
    /// Every seat of the class is taken.
    ClassFull,
    /// The class has not begun.
    ClassNotStarted,
    /// The class is over.
    ClassEnded,
    /// Nothing is left of the name.
    NameEmpty,
    /// Nothing is left of the text.
    TextEmpty,
    /// The name has more characters than this.
    NameTooLong(usize),
    /// The sign-in link is unknown, used or too old.
    LinkUsed,
    /// A class needs 1 to 1000 seats.
    SeatsOutOfRange,
    /// A class cannot end before it begins.
    EndsBeforeStart,
    /// The course announces this lesson; it is not written yet.
    LessonAnnounced,
    /// No exercise has this id.
    ExerciseUnknown,
    /// The exercise has fewer hints.
    HintUnknown,
    /// The exercise cannot be started yet.
    TooEarly(Box<Reason>),
    /// There is no lab, or it is not ready.
    LabNotReady,
    /// No learner of this class has this id.
    LearnerUnknown,
    /// The cluster does not answer.
    ClusterUnreachable,
    /// The cluster cannot be reached from where the learner is.
    ClusterOutOfReach,
    /// The lab has no such object, or the learner may not see it.
    ObjectUnknown,
    /// The lab is being brought to another state already.
    LabBusy,
    /// The course does not say how to bring a lab to the start of the exercise.
    CatchUpImpossible,
    /// No shell can run in labs on this cluster.
    NoShell,
    /// This address speaks WebSocket only.
    WebSocketOnly,
    /// The database takes nothing right now: it is full, locked or read-only. Nothing of it was stored.
    NotStored,
    /// The database does not answer.
    DatabaseUnreachable,
    /// The database went away while this was being stored: it may be there or not.
    PerhapsStored,
    /// Our own fault.
    Internal,
}

impl Problem {
    /// Its status and its stable code.
    pub fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign-origin"),
            Self::OriginMissing => (StatusCode::FORBIDDEN, "origin-missing"),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out"),
            Self::InstructorOnly => (StatusCode::UNAUTHORIZED, "instructor-only"),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::LanguageUnknown(_) => (StatusCode::BAD_REQUEST, "language-unknown"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::TooManyTries => (StatusCode::TOO_MANY_REQUESTS, "too-many-tries"),
            Self::TooManyOpen(_) => (StatusCode::TOO_MANY_REQUESTS, "too-many-open"),
            Self::TooManyFromAddress => (StatusCode::TOO_MANY_REQUESTS, "too-many-from-address"),
            Self::Unfinished => (StatusCode::REQUEST_TIMEOUT, "unfinished"),
            Self::TookTooLong => (StatusCode::SERVICE_UNAVAILABLE, "took-too-long"),
            Self::ClassUnknown => (StatusCode::NOT_FOUND, "class-unknown"),
            Self::ClassFull => (StatusCode::CONFLICT, "class-full"),
            Self::ClassNotStarted => (StatusCode::CONFLICT, "class-not-started"),
            Self::ClassEnded => (StatusCode::CONFLICT, "class-ended"),
            Self::NameEmpty => (StatusCode::UNPROCESSABLE_ENTITY, "name-empty"),
            Self::TextEmpty => (StatusCode::UNPROCESSABLE_ENTITY, "text-empty"),
            Self::NameTooLong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "name-too-long"),
            Self::LinkUsed => (StatusCode::UNAUTHORIZED, "link-used"),
            Self::SeatsOutOfRange => (StatusCode::UNPROCESSABLE_ENTITY, "seats-out-of-range"),
            Self::EndsBeforeStart => (StatusCode::UNPROCESSABLE_ENTITY, "ends-before-start"),
            Self::LessonAnnounced => (StatusCode::NOT_FOUND, "lesson-announced"),
            Self::ExerciseUnknown => (StatusCode::NOT_FOUND, "exercise-unknown"),
            Self::HintUnknown => (StatusCode::NOT_FOUND, "hint-unknown"),
            Self::TooEarly(_) => (StatusCode::CONFLICT, "too-early"),
            Self::LabNotReady => (StatusCode::CONFLICT, "lab-not-ready"),
            Self::LearnerUnknown => (StatusCode::NOT_FOUND, "learner-unknown"),
            Self::ClusterUnreachable => (StatusCode::SERVICE_UNAVAILABLE, "cluster-unreachable"),
            Self::ClusterOutOfReach => (StatusCode::CONFLICT, "cluster-out-of-reach"),
            Self::ObjectUnknown => (StatusCode::NOT_FOUND, "object-unknown"),
            Self::LabBusy => (StatusCode::CONFLICT, "lab-busy"),
            Self::CatchUpImpossible => (StatusCode::CONFLICT, "catch-up-impossible"),
            Self::NoShell => (StatusCode::CONFLICT, "no-shell"),
            Self::WebSocketOnly => (StatusCode::UPGRADE_REQUIRED, "websocket-only"),
            Self::DatabaseUnreachable => (StatusCode::SERVICE_UNAVAILABLE, "database-unreachable"),
            Self::PerhapsStored => (StatusCode::SERVICE_UNAVAILABLE, "perhaps-stored"),
            Self::NotStored => (StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// What the message's variables stand for.
    pub fn parameters(&self) -> BTreeMap<String, Parameter> {
        let one = |name: &str, value: Parameter| BTreeMap::from([(name.to_owned(), value)]);
        match self {
            Self::NameTooLong(most) | Self::TooManyOpen(most) => {
                one("most", Parameter::from(*most))
            }
            Self::Malformed(detail) => one("detail", Parameter::from(detail.as_str())),
            Self::LanguageUnknown(asked) => one("language", Parameter::from(asked.as_str())),
            _ => BTreeMap::new(),
        }
    }

    /// Logs the cause; the client learns only that it happened.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        log(error);
        Self::Internal
    }
}

fn log(error: &(dyn std::error::Error + 'static)) {
    tracing::error!(error = chain(error), "A request failed");
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.kind();
        // Only a client that asks the router without its layers reads this body.
        let mut response = (status, code).into_response();
        let retry = match self {
            Self::TooManyTries => Some("60"),
            Self::TooManyOpen(_) | Self::TooManyFromAddress | Self::TookTooLong => Some("10"),
            _ => None,
        };
        if let Some(seconds) = retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error as Stored;
        log(&error);
        match error {
            Stored::Unreachable(_) => Self::DatabaseUnreachable,
            Stored::InDoubt(_) => Self::PerhapsStored,
            Stored::NotCommitted(cause) => match &*cause {
                Stored::Unreachable(_) => Self::DatabaseUnreachable,
                _ => Self::NotStored,
            },
            Stored::Locked(_) | Stored::ReadOnly(_) | Stored::Full(_) | Stored::Closed => {
                Self::NotStored
            }
            Stored::Url { .. }
            | Stored::Open { .. }
            | Stored::Taken { .. }
            | Stored::Newer { .. }
            | Stored::OtherVersion { .. }
            | Stored::Foreign
            | Stored::TooOld { .. }
            | Stored::Malformed { .. }
            | Stored::Database(_) => Self::Internal,
        }
    }
}

impl From<labs::Error> for Problem {
    fn from(error: labs::Error) -> Self {
        match error {
            labs::Error::NotReady => Self::LabNotReady,
            labs::Error::Busy => Self::LabBusy,
            labs::Error::OutOfReach => Self::ClusterOutOfReach,
            labs::Error::Store(error) => error.into(),
            labs::Error::Cluster(cluster::Error::NoShell(_)) => Self::NoShell,
            labs::Error::Cluster(error) => {
                tracing::warn!(error = chain(&error), "The cluster refused a request");
                Self::ClusterUnreachable
            }
        }
    }
}

impl From<JoinError> for Problem {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::UnknownClass => Self::ClassUnknown,
            JoinError::Full => Self::ClassFull,
            JoinError::NotStarted => Self::ClassNotStarted,
            JoinError::Ended => Self::ClassEnded,
            JoinError::Name(NameError::Empty) => Self::NameEmpty,
            JoinError::Name(NameError::TooLong) => {
                Self::NameTooLong(crate::classroom::join::LONGEST_NAME)
            }
            JoinError::Store(error) => error.into(),
        }
    }
}
