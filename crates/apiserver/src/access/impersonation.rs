//! Acting as somebody else: `kubectl --as`.
//!
//! **Invariant:** whoever acts as another user, group or account needs the verb `impersonate` on
//! each of them; a header that is not understood is refused, never ignored.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::{AUTHENTICATED, User, authorize};
use crate::core::Core;
use crate::http::Target;
use crate::status::{Result, Status};

/// The user that the request wants to be, if it may.
pub(crate) fn take_on(core: &Core, user: User, headers: &HeaderMap) -> Result<User> {
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values.filter_map(|it| it.to_str().ok()).map(str::to_owned).collect()
    };
    let names = all("impersonate-user");
    let groups = all("impersonate-group");
    let uid = all("impersonate-uid").into_iter().next();
    if headers.keys().any(|it| it.as_str().starts_with("impersonate-extra-")) {
        return Err(Status::not_implemented("impersonation of extra fields is not implemented"));
    }
    let Some(name) = names.into_iter().next().filter(|it| !it.is_empty()) else {
        if groups.is_empty() && uid.is_none() {
            return Ok(user);
        }
        return Err(Status::internal("requested impersonation without impersonating a user"));
    };
    let account = name.strip_prefix("system:serviceaccount:").and_then(|it| it.split_once(':'));
    match account {
        Some((namespace, account)) => {
            authorize(core, &user, &target("serviceaccounts", namespace, account))?;
        }
        None => authorize(core, &user, &target("users", "", &name))?,
    }
    for group in &groups {
        authorize(core, &user, &target("groups", "", group))?;
    }
    if let Some(uid) = &uid {
        let mut target = target("uids", "", uid);
        "authentication.k8s.io".clone_into(&mut target.group);
        authorize(core, &user, &target)?;
    }
    let mut groups = groups;
    if let Some((namespace, _)) = account
        && groups.is_empty()
    {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let anonymous = name == "system:anonymous";
    if !anonymous && !groups.iter().any(|it| it == AUTHENTICATED) {
        groups.push(AUTHENTICATED.to_owned());
    }
    Ok(User { name, uid: uid.unwrap_or_default(), groups, extra: BTreeMap::new() })
}

fn target(plural: &str, namespace: &str, name: &str) -> Target {
    Target {
        verb: "impersonate",
        is_resource: true,
        plural: plural.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ..Target::default()
    }
}
