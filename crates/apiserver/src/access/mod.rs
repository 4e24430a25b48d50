//! Who asks, and whether they may.
//!
//! **Invariant:** a request is authenticated and authorized before its body is read and before it
//! is known whether what it names exists.

pub(crate) mod escalation;
pub(crate) mod impersonation;
pub(crate) mod policy;
pub(crate) mod reviews;
pub(crate) mod tokens;

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use self::tokens::{ISSUER, Unfit};
use crate::core::Core;
use crate::http::Target;
use crate::settings::StaticToken;
use crate::status::{Result, Status};

/// Whoever sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) groups: Vec<String>,
    pub(crate) extra: BTreeMap<String, Vec<String>>,
}

/// The group whose members may do anything.
pub(crate) const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";

impl User {
    fn anonymous() -> Self {
        Self {
            name: "system:anonymous".to_owned(),
            uid: String::new(),
            groups: vec!["system:unauthenticated".to_owned()],
            extra: BTreeMap::new(),
        }
    }

    fn from_static(token: &StaticToken) -> Self {
        let mut groups = token.groups.clone();
        groups.push(AUTHENTICATED.to_owned());
        Self { name: token.user.clone(), uid: String::new(), groups, extra: BTreeMap::new() }
    }

    /// Whether the user may do anything, whatever the roles say.
    pub(crate) fn is_master(&self) -> bool {
        self.groups.iter().any(|it| it == MASTERS)
    }
}

/// Finds out who sent a request; nobody in particular, if no token came with it.
pub(crate) fn authenticate(core: &Core, headers: &HeaderMap) -> Result<User> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(User::anonymous()) };
    let text = header.to_str().map_err(|_| Status::unauthorized())?;
    let Some((scheme, token)) = text.trim().split_once(' ') else {
        return Err(Status::unauthorized());
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Status::unauthorized());
    }
    authenticate_token(core, token.trim()).ok_or_else(Status::unauthorized)
}

/// The user of a bearer token, if it is known and still good.
fn authenticate_token(core: &Core, token: &str) -> Option<User> {
    let known = core.settings.tokens.iter().find(|it| same(&it.token, token));
    known
        .map(User::from_static)
        .or_else(|| Some(tokens::authenticate(core, token, &[ISSUER]).ok()?.0))
}

/// The user of a bearer token, and for which of the given audiences it is good.
pub(crate) fn review_token(
    core: &Core,
    token: &str,
    audiences: &[&str],
) -> std::result::Result<(User, Vec<String>), String> {
    if let Some(known) = core.settings.tokens.iter().find(|it| same(&it.token, token)) {
        let audiences = audiences.iter().map(|it| (*it).to_owned()).collect();
        return Ok((User::from_static(known), audiences));
    }
    tokens::authenticate(core, token, audiences).map_err(|why| match why {
        Unfit::Unknown => "invalid bearer token".to_owned(),
        Unfit::Audience(carried) => format!(
            "[invalid bearer token, token audiences {carried:?} is invalid for the target \
             audiences {audiences:?}]"
        ),
    })
}

/// Compares without telling by its duration how much was right.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Refuses what no role allows, in the words of the real server.
pub(crate) fn authorize(core: &Core, user: &User, target: &Target) -> Result<()> {
    if user.is_master() {
        return Ok(());
    }
    let rules = policy::rules_for(core, user, &target.namespace);
    if rules.allow(&policy::Attributes::of(target)) {
        return Ok(());
    }
    Err(refusal(user, target, &rules.errors))
}

fn refusal(user: &User, target: &Target, errors: &[String]) -> Status {
    let reasons = match errors {
        [] => String::new(),
        [one] => format!(": RBAC: {one}"),
        many => format!(": RBAC: [{}]", many.join(", ")),
    };
    if !target.is_resource {
        let why =
            format!("User {:?} cannot {} path {:?}{reasons}", user.name, target.verb, target.path);
        return Status::forbidden_raw("", "", "", &why);
    }
    let scope = if target.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace {:?}", target.namespace)
    };
    let why = format!(
        "User {:?} cannot {} resource {:?} in API group {:?} {scope}{reasons}",
        user.name,
        target.verb,
        target.resource_path(),
        target.group,
    );
    Status::forbidden_raw(&target.group, &target.plural, &target.name, &why)
}
