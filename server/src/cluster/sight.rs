//! Why the cluster is out of sight, as one of few words: for people, for `/readyz`, and once for the log.
//!
//! **Deliberately absent:** the cause's own text. It may name addresses and accounts, and goes to the log alone.

use kube::runtime::watcher;

/// Why the cluster is out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Nobody answers at the API server's address, or not in time.
    Unreachable,
    /// The API server does not know who asks.
    Unauthorized,
    /// The account lacks a right.
    Forbidden,
    /// The API server cannot answer now.
    Busy,
}

impl Unseen {
    /// What it says in `/readyz`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "credentials not accepted",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
        }
    }

    /// Names the message `lab-problem-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "configuration",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
        }
    }

    /// What an operator does about it.
    fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => "is the address in the kubeconfig right, and the API server up?",
            Self::Unauthorized => "renew the token or certificate in the kubeconfig",
            Self::Forbidden => "kubectl apply -f deploy/rbac/hangar.yaml as an administrator",
            Self::Busy => "it is tried again by itself",
        }
    }

    fn of(error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => match status.code {
                401 => Self::Unauthorized,
                403 => Self::Forbidden,
                _ => Self::Busy,
            },
            _ => Self::Unreachable,
        }
    }

    /// Why a watch broke off; nothing if that is its ordinary life, e.g. a revision that is too old.
    pub(super) fn of_watch(error: &watcher::Error) -> Option<Self> {
        match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => Some(Self::of(error)),
            watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => None,
        }
    }

    /// Why a question was not answered.
    pub(super) fn of_answer(error: Option<&kube::Error>) -> Self {
        error.map_or(Self::Unreachable, Self::of)
    }

    /// Says it in the log, with what to do.
    pub(super) fn log(self, cause: &str) {
        tracing::warn!(
            why = self.word(),
            cause,
            advice = self.advice(),
            "The cluster is out of sight: checks become unknown until it is back"
        );
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn api(code: u16) -> kube::Error {
        kube::Error::Api(Box::new(Status { code, ..Status::default() }))
    }

    #[test]
    fn a_refusal_says_what_is_missing() {
        assert_eq!(Unseen::of(&api(401)), Unseen::Unauthorized);
        assert_eq!(Unseen::of(&api(403)), Unseen::Forbidden);
        assert_eq!(Unseen::of(&api(503)), Unseen::Busy);
    }

    #[test]
    fn an_old_revision_is_no_trouble() {
        let gone = watcher::Error::WatchError(Box::new(Status { code: 410, ..Status::default() }));

        assert_eq!(Unseen::of_watch(&gone), None);
        assert_eq!(
            Unseen::of_watch(&watcher::Error::InitialListFailed(api(403))),
            Some(Unseen::Forbidden)
        );
    }
}
