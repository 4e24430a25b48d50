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
    /// What an object asks for is refused, and an event or a condition has told its owner.
    #[error(transparent)]
    Refused(Box<Error>),
    /// Something that must come first has not happened yet; the key is tried again.
    #[error("{0}")]
    NotYet(String),
}

impl Error {
    /// The HTTP code and the reason that the API server answered with, if it answered.
    fn status(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Api(kube::Error::Api(status)) => Some(status),
            Self::Refused(error) => error.status(),
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

    /// This error, for whoever has told the object's owner about it: a refusal (quota, Pod Security, a field that may not
    /// be so) needs nobody else's attention then. Whatever else it is, it stays.
    pub(crate) fn told(self) -> Self {
        let refused = self.status().is_some_and(|status| matches!(status.code, 400 | 403 | 422));
        if refused { Self::Refused(Box::new(self)) } else { self }
    }

    /// Whether this is no sign of a defect: a lost race, something that comes first, or a refusal that was told.
    pub(crate) fn is_everyday(&self) -> bool {
        self.is_conflict() || matches!(self, Self::NotYet(_) | Self::Refused(_))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, reason: &str) -> Error {
        let status = kube::core::Status::failure("no", reason).with_code(code);
        kube::Error::Api(status.boxed()).into()
    }

    #[test]
    fn a_refusal_is_everyday_only_where_its_owner_was_told() {
        for (code, reason) in [(400, "BadRequest"), (403, "Forbidden"), (422, "Invalid")] {
            assert!(
                !answer(code, reason).is_everyday(),
                "{code}: a gap in our rights, a bad patch"
            );

            let told = answer(code, reason).told();

            assert!(told.is_everyday(), "{code}");
            assert_eq!((told.message().as_str(), told.reason()), ("no", reason));
        }
    }

    #[test]
    fn telling_makes_nothing_else_everyday() {
        assert!(!answer(500, "InternalError").told().is_everyday());
        assert!(!Error::Panicked.told().is_everyday());
        assert!(answer(409, "Conflict").is_everyday());
        assert!(Error::NotYet("wait".to_owned()).is_everyday());
    }
}
