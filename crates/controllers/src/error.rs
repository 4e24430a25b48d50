//! What can go wrong when a controller talks to an API server.

/// A failed call, or an answer that makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server could not be reached, or said no.
    #[error(transparent)]
    Api(#[from] kube::Error),
    /// An object could not be written as JSON.
    #[error("cannot encode an object")]
    Encode(#[from] serde_json::Error),
    /// A request could not be built.
    #[error("cannot build a request")]
    Request(#[from] http::Error),
    /// The handling of one object ended in a panic: a defect of ours, which must not end the rest.
    #[error("the handling of an object panicked")]
    Panicked,
    /// Something that must come first has not happened yet; the key is tried again.
    #[error("{0}")]
    NotYet(String),
}

impl Error {
    /// The HTTP code and the reason that the API server answered with, if it answered.
    fn status(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Api(kube::Error::Api(status)) => Some(status),
            Self::Api(_)
            | Self::Encode(_)
            | Self::Request(_)
            | Self::Panicked
            | Self::NotYet(_) => None,
        }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(|status| status.code == 404)
    }

    /// Whether somebody else wrote first.
    pub fn is_conflict(&self) -> bool {
        self.status().is_some_and(|status| status.code == 409 && status.reason == "Conflict")
    }

    /// Whether what an object asks for is refused: quota, Pod Security, a field that may not be so. Events and conditions
    /// tell its owner.
    pub fn is_refusal(&self) -> bool {
        self.status().is_some_and(|status| matches!(status.code, 400 | 403 | 422))
    }

    /// Whether an object of that name is there already.
    pub fn already_exists(&self) -> bool {
        self.status().is_some_and(|status| status.code == 409 && status.reason == "AlreadyExists")
    }

    /// Whether the version that was asked for is no longer kept.
    pub fn is_gone(&self) -> bool {
        self.status().is_some_and(|status| status.code == 410)
    }

    /// Whether the namespace is going away, so that nothing can be created in it.
    pub fn namespace_is_terminating(&self) -> bool {
        self.status().is_some_and(|status| {
            status.code == 403 && status.message.contains("because it is being terminated")
        })
    }

    /// The API server's own words, or ours when it could not be asked.
    pub fn message(&self) -> String {
        match self.status() {
            Some(status) => status.message.clone(),
            None => self.to_string(),
        }
    }

    /// The API server's reason word, e.g. `Forbidden`.
    pub fn reason(&self) -> &str {
        self.status().map_or("", |status| &status.reason)
    }
}

/// `None` instead of an error when the object is not there.
pub(crate) fn found<T>(result: Result<T, kube::Error>) -> Result<Option<T>, Error> {
    match result.map_err(Error::from) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
