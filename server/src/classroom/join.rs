//! Joining a class, and the sessions that come of it.

use curriculum::Language;

use super::{codes, names};
use crate::ambient::{Ambient, digest};
use crate::store::{Class, Error, Learner, Store};

/// The longest name of a learner, in characters.
pub const LONGEST_NAME: usize = 60;
/// How long a learner stays signed in, in seconds: a course, not a day.
pub const SESSION: i64 = 90 * 24 * 60 * 60;
/// Seats of the class that takes everyone.
const OPEN_SEATS: i64 = 100_000;

/// Why someone could not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// No class has this code.
    #[error("no class has this code")]
    UnknownClass,
    /// Every seat is taken.
    #[error("every seat is taken")]
    Full,
    /// It has not begun.
    #[error("the class has not begun")]
    NotStarted,
    /// It is over.
    #[error("the class is over")]
    Ended,
    /// The name cannot be used.
    #[error("the name cannot be used")]
    Name(names::NameError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] Error),
}

/// The class with a code, if one may join it now.
pub async fn open_class(store: &Store, code: &str, now: i64) -> Result<Class, JoinError> {
    let class =
        store.class_by_code(&codes::canonical(code)).await?.ok_or(JoinError::UnknownClass)?;
    if class.starts_at.is_some_and(|starts| now < starts) {
        return Err(JoinError::NotStarted);
    }
    if class.ends_at.is_some_and(|ends| now >= ends) {
        return Err(JoinError::Ended);
    }
    // Said early, to whoever is about to fill in the form; the last seat is given in `Store::add_learner`.
    if class.learners >= class.seats {
        return Err(JoinError::Full);
    }
    Ok(class)
}

/// Joins a class: takes a seat and opens a session with a cookie's value, of which only the digest is kept.
pub async fn join(
    store: &Store,
    ambient: &Ambient,
    code: &str,
    name: &str,
    language: Language,
    token: &str,
) -> Result<Learner, JoinError> {
    let now = ambient.now();
    let name = names::clean(name, LONGEST_NAME).map_err(JoinError::Name)?;
    let class = open_class(store, code, now).await?;
    let learner = Learner {
        id: ambient.id(),
        class_id: class.id,
        name,
        language,
        joined_at: now,
        hand: None,
        dismissed_at: 0,
    };
    if !store.add_learner(learner.clone(), digest(token), now + SESSION * 1000).await? {
        return Err(JoinError::Full);
    }
    metrics::counter!("hangar_joins_total").increment(1);
    tracing::info!(learner.id, class.code, "A learner joined");
    Ok(learner)
}

/// Closes the class that takes everyone, if an earlier run has made it: nobody joins, and its labs end.
pub async fn close_open_class(store: &Store, ambient: &Ambient) -> Result<(), Error> {
    store.set_class_end(codes::OPEN, Some(ambient.now())).await.map(drop)
}

/// Makes sure that the class exists which takes everyone.
pub async fn ensure_open_class(store: &Store, ambient: &Ambient) -> Result<(), Error> {
    let open = Class {
        id: codes::OPEN.to_owned(),
        code: codes::OPEN.to_owned(),
        name: "Hangar".to_owned(),
        language: Language::En,
        seats: OPEN_SEATS,
        learners: 0,
        starts_at: None,
        ends_at: None,
        announced_at: None,
    };
    if !store.add_class(&open, ambient.now()).await? {
        store.set_class_end(codes::OPEN, None).await?;
    }
    Ok(())
}
