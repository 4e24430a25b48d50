//! Whether a certificate and a private key in PEM belong together.
//!
//! Only as much of DER is read as that takes: the public key in the certificate, the algorithm and
//! the numbers of the private key. **Deliberately absent:** trust, validity, signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const PUBLIC: u8 = 0xa1;

/// Refuses what a server could not use as its certificate and key, in Go's words.
pub(super) fn check(certificate: &[u8], key: &[u8]) -> Result<(), String> {
    let certificate = first_certificate(certificate)?;
    let key = private_key(key)?;
    let public = PublicKey::of_certificate(&certificate).ok_or("x509: malformed certificate")?;
    let private = PrivateKey::read(&key).ok_or("tls: failed to parse private key")?;
    match private.belongs_to(&public) {
        None => Err("tls: private key type does not match public key type".to_owned()),
        Some(false) => Err("tls: private key does not match public key".to_owned()),
        Some(true) => Ok(()),
    }
}

/// A block of PEM: what it is called, and its bytes.
struct Block {
    label: String,
    bytes: Vec<u8>,
}

/// The blocks of a file; what is not one is passed over.
fn blocks(text: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let begin = line.trim_end().strip_prefix("-----BEGIN ");
        let Some(label) = begin.and_then(|rest| rest.strip_suffix("-----")) else { continue };
        let end = format!("-----END {label}-----");
        let (mut body, mut ended) = (String::new(), false);
        for line in lines.by_ref() {
            if line.trim_end() == end {
                ended = true;
                break;
            }
            // Headers, as of a key that is encrypted, have a colon.
            if !line.contains(':') {
                body.extend(line.chars().filter(|letter| !letter.is_whitespace()));
            }
        }
        if let (true, Ok(bytes)) = (ended, STANDARD.decode(body)) {
            found.push(Block { label: label.to_owned(), bytes });
        }
    }
    found
}

fn first_certificate(text: &[u8]) -> Result<Vec<u8>, String> {
    let (found, skipped) = pick(text, |label| label == "CERTIFICATE");
    found.ok_or_else(|| match skipped.as_slice() {
        [] => "tls: failed to find any PEM data in certificate input".to_owned(),
        [one] if one.ends_with("PRIVATE KEY") => {
            "tls: failed to find certificate PEM data in certificate input, but did find a private \
             key; PEM inputs may have been switched"
                .to_owned()
        }
        several => format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM \
             blocks of the following types: [{}]",
            several.join(" ")
        ),
    })
}

fn private_key(text: &[u8]) -> Result<Vec<u8>, String> {
    let (found, skipped) =
        pick(text, |label| label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY"));
    found.ok_or_else(|| match skipped.as_slice() {
        [] => "tls: failed to find any PEM data in key input".to_owned(),
        [one] if one == "CERTIFICATE" => {
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        several => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after \
             skipping PEM blocks of the following types: [{}]",
            several.join(" ")
        ),
    })
}

/// The first block of the wanted kind, and what the others before it are called.
fn pick(text: &[u8], wanted: impl Fn(&str) -> bool) -> (Option<Vec<u8>>, Vec<String>) {
    let mut skipped = Vec::new();
    for block in blocks(text) {
        if wanted(&block.label) {
            return (Some(block.bytes), skipped);
        }
        skipped.push(block.label);
    }
    (None, skipped)
}

/// What a certificate says that its owner can prove.
enum PublicKey {
    Rsa { modulus: Vec<u8> },
    Elliptic { point: Vec<u8> },
    Ed25519 { point: Vec<u8> },
}

impl PublicKey {
    fn of_certificate(bytes: &[u8]) -> Option<Self> {
        let mut signed = Der(Der(bytes).inner(SEQUENCE)?).inner(SEQUENCE).map(Der)?;
        let _ = signed.inner(VERSION);
        signed.inner(INTEGER)?;
        // The signature's algorithm, the issuer, the validity, the subject.
        for _ in 0..4 {
            signed.inner(SEQUENCE)?;
        }
        let mut key = Der(signed.inner(SEQUENCE)?);
        let algorithm = Der(key.inner(SEQUENCE)?).inner(OBJECT)?;
        let (unused, bits) = key.inner(BITS)?.split_first()?;
        if *unused != 0 {
            return None;
        }
        match algorithm {
            RSA => {
                let modulus = Der(Der(bits).inner(SEQUENCE)?).inner(INTEGER)?.to_vec();
                Some(Self::Rsa { modulus })
            }
            ELLIPTIC => Some(Self::Elliptic { point: bits.to_vec() }),
            ED25519 => Some(Self::Ed25519 { point: bits.to_vec() }),
            _ => None,
        }
    }
}

/// A private key, as far as its public part can be told from it.
enum PrivateKey {
    Rsa { modulus: Vec<u8> },
    Elliptic { number: Vec<u8>, point: Option<Vec<u8>> },
    Ed25519 { seed: Vec<u8> },
}

impl PrivateKey {
    /// Reads PKCS #1, PKCS #8 or SEC 1, whatever the block is called.
    fn read(bytes: &[u8]) -> Option<Self> {
        let inside = Der(bytes).inner(SEQUENCE)?;
        Self::pkcs1(inside).or_else(|| Self::pkcs8(inside)).or_else(|| Self::sec1(inside))
    }

    fn pkcs1(inside: &[u8]) -> Option<Self> {
        let mut fields = Der(inside);
        fields.inner(INTEGER)?;
        let modulus = fields.inner(INTEGER)?.to_vec();
        // The exponents, the primes and what is derived from them.
        for _ in 0..7 {
            fields.inner(INTEGER)?;
        }
        Some(Self::Rsa { modulus })
    }

    fn pkcs8(inside: &[u8]) -> Option<Self> {
        let mut fields = Der(inside);
        fields.inner(INTEGER)?;
        let algorithm = Der(fields.inner(SEQUENCE)?).inner(OBJECT)?;
        let key = fields.inner(OCTETS)?;
        match algorithm {
            RSA => Self::pkcs1(Der(key).inner(SEQUENCE)?),
            ELLIPTIC => Self::sec1(Der(key).inner(SEQUENCE)?),
            ED25519 => Some(Self::Ed25519 { seed: Der(key).inner(OCTETS)?.to_vec() }),
            _ => None,
        }
    }

    fn sec1(inside: &[u8]) -> Option<Self> {
        let mut fields = Der(inside);
        fields.inner(INTEGER)?;
        let number = fields.inner(OCTETS)?.to_vec();
        let _ = fields.inner(VERSION);
        let point = fields.inner(PUBLIC).and_then(|bits| Der(bits).inner(BITS));
        let point = point.and_then(|bits| Some(bits.split_first()?.1.to_vec()));
        Some(Self::Elliptic { number, point })
    }

    /// Whether this is the key's other half; `None` if it is of another kind.
    fn belongs_to(&self, public: &PublicKey) -> Option<bool> {
        match (self, public) {
            (Self::Rsa { modulus: mine }, PublicKey::Rsa { modulus: theirs }) => {
                Some(mine == theirs)
            }
            (Self::Elliptic { number, point: mine }, PublicKey::Elliptic { point }) => {
                Some(mine.as_ref().is_none_or(|mine| mine == point) && is_point_of(number, point))
            }
            (Self::Ed25519 { seed }, PublicKey::Ed25519 { point }) => {
                Some(Ed25519KeyPair::from_seed_and_public_key(seed, point).is_ok())
            }
            (
                Self::Rsa { .. } | Self::Elliptic { .. } | Self::Ed25519 { .. },
                PublicKey::Rsa { .. } | PublicKey::Elliptic { .. } | PublicKey::Ed25519 { .. },
            ) => None,
        }
    }
}

/// Whether the point is the number's; of curves that are not known here, what the key says counts.
#[expect(clippy::disallowed_methods, reason = "it is for signing, and nothing is signed")]
fn is_point_of(number: &[u8], point: &[u8]) -> bool {
    let curve = match point.len() {
        65 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        97 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        _ => return true,
    };
    let random = SystemRandom::new();
    EcdsaKeyPair::from_private_key_and_public_key(curve, number, point, &random).is_ok()
}

/// What is left to read of DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next element, if it is of this kind; otherwise it stays.
    fn inner(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
                (length, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of the comparison with the real kubectl holds.
    fn file(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/files/tls/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    fn said(certificate: &str, key: &str) -> String {
        check(&file(certificate), &file(key)).err().unwrap_or_default()
    }

    #[test]
    fn every_kind_of_key_is_known_as_its_certificates() {
        for (certificate, key) in [
            ("rsa.crt", "rsa.key"),
            ("rsa.crt", "rsa-old.key"),
            ("chain.crt", "rsa.key"),
            ("ec.crt", "ec.key"),
            ("ec.crt", "ec-old.key"),
            ("ed.crt", "ed.key"),
        ] {
            assert_eq!(said(certificate, key), "", "{certificate} {key}");
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let other = "tls: private key does not match public key";
        assert_eq!(said("rsa.crt", "other-rsa.key"), other);
        assert_eq!(said("ec.crt", "other-ec.key"), other);
        assert_eq!(
            said("ec.crt", "rsa.key"),
            "tls: private key type does not match public key type"
        );
        assert_eq!(said("rsa.crt", "locked.key"), "tls: failed to parse private key");
        assert_eq!(said("bad.crt", "rsa.key"), "x509: malformed certificate");
    }
}
