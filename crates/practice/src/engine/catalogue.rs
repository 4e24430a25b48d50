//! Which image is what.
//!
//! An image that is known exists in the tags listed here and no others: asking for another fails as at
//! the registry. An image that is not known may well exist, so it is taken to, in any tag: it runs,
//! does nothing, and says so in its log.

use controllers::runtime::{Image, PullError};
use sha2::{Digest, Sha256};

/// What a container of an image does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Answers with the name of its pod.
    Echo,
    /// Is a lab's terminal.
    Toolbox,
    /// Nothing.
    Unknown,
}

struct Known {
    repository: &'static str,
    tags: &'static [&'static str],
    behaviour: Behaviour,
    size: u64,
    runs_as_root: bool,
}

const KNOWN: [Known; 2] = [
    Known {
        repository: "docker.io/kong/go-echo",
        tags: &["latest", "0.1.0", "0.1.1", "0.2.0", "0.3.0", "0.4.0", "0.5.0"],
        behaviour: Behaviour::Echo,
        size: 5_013_217,
        runs_as_root: true,
    },
    Known {
        repository: "docker.io/hangar/toolbox",
        tags: &["latest", env!("CARGO_PKG_VERSION")],
        behaviour: Behaviour::Toolbox,
        size: 48_220_160,
        runs_as_root: false,
    },
];

/// An image as it was asked for, looked up.
pub(super) struct Found {
    repository: String,
    /// A tag, or a digest with its `@`.
    version: Version,
    known: Option<&'static Known>,
}

enum Version {
    Tag(String),
    Digest(String),
}

/// Looks an image up.
pub(super) fn resolve(image: &str) -> Found {
    let (tagged, digest) = image.split_once('@').map_or((image, None), |(n, d)| (n, Some(d)));
    let slash = tagged.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match tagged[slash..].find(':') {
        Some(at) => (&tagged[..slash + at], &tagged[slash + at + 1..]),
        None => (tagged, "latest"),
    };
    // With a digest the tag says nothing: it is left out of the image's name.
    let version = match digest {
        Some(digest) => Version::Digest(digest.to_owned()),
        None => Version::Tag(tag.to_owned()),
    };
    let first = name.split('/').next().unwrap_or_default();
    let has_host = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let repository = if has_host {
        name.to_owned()
    } else if name.contains('/') {
        format!("docker.io/{name}")
    } else {
        format!("docker.io/library/{name}")
    };
    let known = KNOWN.iter().find(|known| known.repository == repository);
    Found { repository, version, known }
}

impl Found {
    /// Whether every node has it from the start.
    pub(super) fn is_local(&self) -> bool {
        self.behaviour() == Behaviour::Toolbox
    }

    /// What its containers do.
    pub(super) fn behaviour(&self) -> Behaviour {
        self.known.map_or(Behaviour::Unknown, |known| known.behaviour)
    }

    /// The image, or the registry's answer that there is none.
    pub(super) fn image(&self) -> Result<Image, PullError> {
        let repository = &self.repository;
        let (name, digest) = match &self.version {
            Version::Tag(tag) => {
                let name = format!("{repository}:{tag}");
                if self.known.is_some_and(|known| !known.tags.contains(&tag.as_str())) {
                    return Err(PullError {
                        message: format!(
                            "rpc error: code = NotFound desc = failed to pull and unpack image \
                             \"{name}\": failed to resolve reference \"{name}\": {name}: not found"
                        ),
                    });
                }
                let hex =
                    |byte: &u8| [byte >> 4, byte & 15].map(|it| char::from_digit(it.into(), 16));
                let digest: String = Sha256::digest(&name).iter().flat_map(hex).flatten().collect();
                (name, format!("sha256:{digest}"))
            }
            Version::Digest(digest) => (format!("{repository}@{digest}"), digest.clone()),
        };
        Ok(Image {
            name,
            id: format!("{repository}@{digest}"),
            size: self.known.map_or(20_000_000, |known| known.size),
            runs_as_root: self.known.is_some_and(|known| known.runs_as_root),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_those_of_the_usual_registry() {
        assert_eq!(resolve("nginx").image().unwrap().name, "docker.io/library/nginx:latest");
        assert_eq!(resolve("kong/go-echo:0.5.0").behaviour(), Behaviour::Echo);
        assert_eq!(resolve("localhost:5000/a:1").image().unwrap().name, "localhost:5000/a:1");
    }

    #[test]
    fn beside_a_digest_the_tag_says_nothing() {
        let digest = format!("sha256:{}", "0".repeat(64));

        let found = resolve(&format!("kong/go-echo:9.9.9@{digest}"));

        assert_eq!(found.behaviour(), Behaviour::Echo);
        let image = found.image().unwrap();
        assert_eq!(image.name, format!("docker.io/kong/go-echo@{digest}"));
        assert_eq!(image.id, image.name);
    }

    #[test]
    fn a_tag_that_a_known_image_does_not_have_is_not_found() {
        let error = resolve("kong/go-echo:9.9.9").image().unwrap_err();

        assert_eq!(
            error.message,
            "rpc error: code = NotFound desc = failed to pull and unpack image \
             \"docker.io/kong/go-echo:9.9.9\": failed to resolve reference \
             \"docker.io/kong/go-echo:9.9.9\": docker.io/kong/go-echo:9.9.9: not found"
        );
    }
}
