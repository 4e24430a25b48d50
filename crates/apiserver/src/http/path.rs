//! What a URL asks for, before it is known whether such a thing exists.
//!
//! **Invariant:** the parts are those that the authorizer of the real server is given, so that a
//! stranger learns nothing about which resources exist.

use http::Method;

use super::query::Query;

/// The parts of a request for a resource, or only a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) path: String,
    pub(crate) verb: &'static str,
    pub(crate) is_resource: bool,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: String,
    pub(crate) plural: String,
    pub(crate) name: String,
    pub(crate) subresource: String,
    /// What follows the subresource, as in `…/proxy/a/b`.
    pub(crate) rest: String,
}

impl Target {
    pub(crate) fn parse(method: &Method, path: &str, query: &Query) -> Self {
        let mut target =
            Self { path: path.to_owned(), verb: plain_verb(method), ..Self::default() };
        let decoded: Vec<String> = path
            .split('/')
            .filter(|it| !it.is_empty())
            .map(|it| percent_encoding::percent_decode_str(it).decode_utf8_lossy().into_owned())
            .collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let rest = match parts.as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => {
                (*version).clone_into(&mut target.version);
                rest
            }
            ["apis", group, version, rest @ ..] if !rest.is_empty() => {
                (*group).clone_into(&mut target.group);
                (*version).clone_into(&mut target.version);
                rest
            }
            _ => return target,
        };
        target.is_resource = true;
        target.read_resource(rest);
        target.verb = resource_verb(method, &target.name, query);
        if target.name.is_empty() && matches!(target.verb, "list" | "watch" | "deletecollection") {
            // A list of one name is authorized as that name.
            if let Some(name) = query.selected_name() {
                target.name = name;
            }
        }
        target
    }

    fn read_resource(&mut self, parts: &[&str]) {
        let after = match parts {
            ["namespaces", name] => {
                (*name).clone_into(&mut self.namespace);
                parts
            }
            ["namespaces", name, subresource @ ("status" | "finalize")] => {
                (*name).clone_into(&mut self.namespace);
                (*subresource).clone_into(&mut self.subresource);
                parts
            }
            ["namespaces", namespace, after @ ..] if !after.is_empty() => {
                (*namespace).clone_into(&mut self.namespace);
                after
            }
            _ => parts,
        };
        let mut after = after.iter();
        after.next().copied().unwrap_or_default().clone_into(&mut self.plural);
        after.next().copied().unwrap_or_default().clone_into(&mut self.name);
        after.next().copied().unwrap_or_default().clone_into(&mut self.subresource);
        self.rest = after.copied().collect::<Vec<_>>().join("/");
    }

    /// `pods` or `pods/log`.
    pub(crate) fn resource_path(&self) -> String {
        if self.subresource.is_empty() {
            self.plural.clone()
        } else {
            format!("{}/{}", self.plural, self.subresource)
        }
    }
}

fn plain_verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "get",
        Method::HEAD => "head",
        Method::POST => "post",
        Method::PUT => "put",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        Method::OPTIONS => "options",
        _ => "unknown",
    }
}

fn resource_verb(method: &Method, name: &str, query: &Query) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::GET | Method::HEAD if !name.is_empty() => "get",
        Method::GET | Method::HEAD if query.is_true("watch") => "watch",
        Method::GET | Method::HEAD => "list",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if name.is_empty() => "deletecollection",
        Method::DELETE => "delete",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(method: &Method, path: &str, query: &str) -> Target {
        Target::parse(method, path, &Query::parse(query))
    }

    #[test]
    fn a_namespace_is_a_resource_within_itself() {
        let target = parse(&Method::GET, "/api/v1/namespaces/web", "");

        assert_eq!(target.plural, "namespaces");
        assert_eq!(target.name, "web");
        assert_eq!(target.namespace, "web");
        assert_eq!(target.verb, "get");
    }

    #[test]
    fn a_subresource_follows_the_name() {
        let target = parse(&Method::PUT, "/apis/apps/v1/namespaces/n/deployments/d/scale", "");

        assert_eq!(target.resource_path(), "deployments/scale");
        assert_eq!((target.group.as_str(), target.namespace.as_str()), ("apps", "n"));
        assert_eq!(target.verb, "update");
    }

    #[test]
    fn a_list_of_one_name_names_it() {
        let target = parse(
            &Method::GET,
            "/api/v1/namespaces/n/pods",
            "watch=true&fieldSelector=metadata.name%3Da",
        );

        assert_eq!((target.verb, target.name.as_str()), ("watch", "a"));
    }

    #[test]
    fn discovery_is_no_resource() {
        assert!(!parse(&Method::GET, "/apis/apps/v1", "").is_resource);
        assert!(!parse(&Method::GET, "/api/v1", "").is_resource);
    }
}
