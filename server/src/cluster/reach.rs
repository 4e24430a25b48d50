//! How a learner's own kubectl reaches the API server, depending on where she is.

use std::net::SocketAddr;

use http::uri::Authority;

/// The name that the practice cluster's certificate carries wherever it listens.
const CERTIFIED: &str = "localhost";

/// How the API server is reached from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At one address, from everywhere: a real cluster's own, or the one that the operator has named.
    At(String),
    /// Where the practice cluster listens; nobody has named an address.
    Listening(SocketAddr),
}

/// What a kubeconfig says about the way to the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its address.
    pub server: String,
    /// The name in its certificate, when it is not the one in the address.
    pub certified: Option<&'static str>,
}

impl Reach {
    /// The way for someone who reaches the classroom at `host`; nothing when there is none.
    pub fn way(&self, host: &str) -> Option<Way> {
        let listens = match self {
            Self::At(server) => return Some(Way { server: server.clone(), certified: None }),
            Self::Listening(listens) => *listens,
        };
        let here = host_of(host);
        let local = here.as_deref().is_some_and(is_this_machine);
        if listens.ip().is_unspecified() {
            // The classroom and the cluster are the same process: where one is reached, the other is.
            let (host, port) = (here?, listens.port());
            let server = format!("https://{host}:{port}");
            return Some(Way { server, certified: Some(CERTIFIED) });
        }
        let reachable = local || !listens.ip().is_loopback();
        reachable.then(|| Way { server: format!("https://{listens}"), certified: None })
    }
}

/// The host without its port, if it can stand in an address.
fn host_of(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let host = authority.host();
    (!host.is_empty() && host.bytes().all(plain)).then(|| host.to_owned())
}

/// Whether a name can only mean the machine that asks.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(listens: &str, host: &str) -> Option<(String, Option<&'static str>)> {
        let way = Reach::Listening(listens.parse().unwrap()).way(host)?;
        Some((way.server, way.certified))
    }

    #[test]
    fn who_sits_at_the_server_reaches_what_listens_there() {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"] {
            let expected = Some(("https://127.0.0.1:6443".to_owned(), None));
            assert_eq!(way("127.0.0.1:6443", host), expected, "{host}");
        }
    }

    #[test]
    fn who_sits_elsewhere_does_not() {
        for host in
            ["192.168.1.20:8080", "hangar.example", "localhost.example", "", "127.0.0.1.evil"]
        {
            assert_eq!(way("127.0.0.1:6443", host), None, "{host}");
        }
    }

    #[test]
    fn what_listens_everywhere_is_reached_where_the_classroom_is() {
        let at = |host: &str| way("0.0.0.0:6443", host).map(|(server, _)| server);

        assert_eq!(at("192.168.1.20:8080").unwrap(), "https://192.168.1.20:6443");
        assert_eq!(at("hangar.example").unwrap(), "https://hangar.example:6443");
        assert_eq!(at("[fd00::1]:80").unwrap(), "https://[fd00::1]:6443");
        assert_eq!(way("[::]:6443", "10.0.0.1").unwrap().1, Some("localhost"));
        for hostile in ["", "x\"\ny: z", "a b", "user@host", "x\"y"] {
            assert!(at(hostile).is_none_or(|server| server == "https://host:6443"), "{hostile}");
        }
    }

    #[test]
    fn a_named_address_is_everybodys() {
        let named = Reach::At("https://api.example:6443".to_owned());

        let way = named.way("10.0.0.1:8080").unwrap();

        assert_eq!((way.server.as_str(), way.certified), ("https://api.example:6443", None));
    }
}
