//! Images: names, pulling and waiting to pull again.

use std::sync::PoisonError;
use std::time::Duration;

use k8s_openapi::api::core::v1::Container;
use tokio::time::Instant;

use super::container::Running;
use crate::events::Type;
use crate::runtime::Image;

const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const LAST_BACK_OFF: Duration = Duration::from_mins(5);

/// Waits until the image of a container is on its node.
pub(super) async fn ensure(running: &Running<'_>, container: &Container) -> Image {
    let image = container.image.as_deref().unwrap_or_default();
    let mut back_off = FIRST_BACK_OFF;
    loop {
        match attempt(running, container, image).await {
            Ok(found) => return found,
            Err(Failed { reason, message, waiting }) => {
                running.state.wait(running.index, reason, Some(message.clone()));
                running.tell(Type::Warning, "Failed", format!("Error: {reason}"));
                // The first answer is shown for a moment before the wait is.
                tokio::time::sleep(Duration::from_secs(1)).await;
                if let Some(waiting) = waiting {
                    let text = format!("Back-off pulling image \"{image}\"");
                    let message = format!("{text}: {reason}: {message}");
                    running.state.wait(running.index, waiting, Some(message));
                    let tell = || {
                        running.tell(Type::Normal, "BackOff", text.clone());
                        running.tell(Type::Warning, "Failed", format!("Error: {waiting}"));
                    };
                    running.wait_telling(back_off, tell).await;
                } else {
                    tokio::time::sleep(back_off).await;
                }
                back_off = (back_off * 2).min(LAST_BACK_OFF);
            }
        }
    }
}

struct Failed {
    reason: &'static str,
    message: String,
    waiting: Option<&'static str>,
}

async fn attempt(
    running: &Running<'_>,
    container: &Container,
    image: &str,
) -> Result<Image, Failed> {
    if let Err(reason) = check_name(image) {
        let message = format!("Failed to apply default image tag \"{image}\": {reason}");
        running.tell(Type::Warning, "InspectFailed", message.clone());
        return Err(Failed { reason: "InvalidImageName", message, waiting: None });
    }
    let policy = container.image_pull_policy.as_deref().unwrap_or_else(|| usual_policy(image));
    let images = &running.node().images;
    let present = images.lock().unwrap_or_else(PoisonError::into_inner).get(image).cloned();
    match (policy, present) {
        ("Always", _) | ("IfNotPresent", None) => {}
        (_, Some(found)) => {
            let message = format!(
                "Container image \"{image}\" already present on machine and can be accessed by \
                 the pod"
            );
            running.tell(Type::Normal, "Pulled", message);
            return Ok(found);
        }
        (_, None) => {
            let message =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            running.tell(Type::Warning, "ErrImageNeverPull", message.clone());
            return Err(Failed { reason: "ErrImageNeverPull", message, waiting: None });
        }
    }
    pull(running, image).await
}

/// What a container without a policy means: who asks for the newest image wants the newest.
fn usual_policy(image: &str) -> &'static str {
    let last = image.rsplit('/').next().unwrap_or_default();
    let newest = last.rsplit_once(':').is_none_or(|(_, tag)| tag == "latest");
    if newest && !image.contains('@') { "Always" } else { "IfNotPresent" }
}

async fn pull(running: &Running<'_>, image: &str) -> Result<Image, Failed> {
    running.tell(Type::Normal, "Pulling", format!("Pulling image \"{image}\""));
    let start = Instant::now();
    match running.kubelet.runtime.pull(image).await {
        Ok(found) => {
            let took = go_duration(start.elapsed());
            let message = format!(
                "Successfully pulled image \"{image}\" in {took} ({took} including waiting). \
                 Image size: {} bytes.",
                found.size
            );
            running.tell(Type::Normal, "Pulled", message);
            let mut images = running.node().images.lock().unwrap_or_else(PoisonError::into_inner);
            images.insert(image.to_owned(), found.clone());
            Ok(found)
        }
        Err(error) => {
            let message = error.message;
            let text = format!("Failed to pull image \"{image}\": {message}");
            running.tell(Type::Warning, "Failed", text);
            Err(Failed { reason: "ErrImagePull", message, waiting: Some("ImagePullBackOff") })
        }
    }
}

/// A duration as Go writes it, in milliseconds: `412ms`, `1.204s`.
fn go_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds < 1000 {
        return format!("{milliseconds}ms");
    }
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Whether a reference is well formed; the message is the reference parser's.
fn check_name(image: &str) -> Result<(), String> {
    let fail = |reason: &str| Err(format!("couldn't parse image name \"{image}\": {reason}"));
    let (name, digest) = image.split_once('@').map_or((image, None), |(n, d)| (n, Some(d)));
    if digest.is_some_and(|digest| !digest.starts_with("sha256:") || digest.len() != 71) {
        return fail("invalid reference format");
    }
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match name[slash..].find(':') {
        Some(at) => (&name[..slash + at], Some(&name[slash + at + 1..])),
        None => (name, None),
    };
    let tag_is_valid = tag.is_none_or(|tag| {
        !tag.is_empty()
            && tag.len() <= 128
            && !tag.starts_with(['.', '-'])
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    });
    if path.is_empty() || !tag_is_valid {
        return fail("invalid reference format");
    }
    let (host, rest) = match path.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
        Some(_) | None => ("", path),
    };
    if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return fail("invalid reference format: repository name must be lowercase");
    }
    let component_is_valid = |part: &str| {
        let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        ends(part.bytes().next())
            && ends(part.bytes().last())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let host_is_valid =
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    if !host_is_valid || !rest.split('/').all(component_is_valid) {
        return fail("invalid reference format");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_names_pass() {
        for name in [
            "nginx",
            "kong/go-echo:0.5.0",
            "localhost:5000/a/b_c:1",
            "registry.k8s.io/pause@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn malformed_names_are_refused_in_the_parsers_words() {
        assert_eq!(
            check_name("Kong/go-echo").unwrap_err(),
            "couldn't parse image name \"Kong/go-echo\": invalid reference format: repository \
             name must be lowercase"
        );
        assert!(check_name("kong/go-echo:").is_err());
        assert!(check_name("kong//go-echo").is_err());
        assert!(check_name("a b").is_err());
    }

    #[test]
    fn durations_read_as_in_go() {
        assert_eq!(go_duration(Duration::from_millis(412)), "412ms");
        assert_eq!(go_duration(Duration::from_millis(1200)), "1.2s");
        assert_eq!(go_duration(Duration::from_secs(2)), "2s");
    }
}
