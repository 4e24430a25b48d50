//! The cluster's certificate authority, and the certificate under which its API server is reached.

use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// How long certificates are good for.
const LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);
/// By how much clocks may differ.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// The names that the API server's certificate always carries.
const NAMES: [&str; 7] = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "127.0.0.1",
    "10.96.0.1",
];

/// A certificate authority of one cluster's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// Makes a new one.
    pub(crate) fn new(now: Timestamp) -> anyhow::Result<Self> {
        let mut params = validity(CertificateParams::default(), now)?;
        params.distinguished_name.push(DnType::CommonName, "hangar-practice-ca");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().context("cannot make a key")?;
        let pem = params.self_signed(&key).context("cannot sign the authority")?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// The authority's own certificate.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// TLS for the API server under its usual names and `more`.
    pub(crate) fn server(
        &self,
        more: &[String],
        now: Timestamp,
    ) -> anyhow::Result<rustls::ServerConfig> {
        let names: Vec<String> =
            NAMES.iter().map(|name| (*name).to_owned()).chain(more.iter().cloned()).collect();
        let params = CertificateParams::new(names).context("a name cannot be certified")?;
        let mut params = validity(params, now)?;
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().context("cannot make a key")?;
        let certificate = params.signed_by(&key, &self.issuer).context("cannot sign")?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("cannot choose versions of TLS")?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("cannot use the certificate")
    }
}

fn validity(mut params: CertificateParams, now: Timestamp) -> anyhow::Result<CertificateParams> {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let since_epoch = |at: Timestamp| {
        u64::try_from(at.as_second()).map(Duration::from_secs).context("the clock is out of range")
    };
    params.not_before = epoch + since_epoch(now - SKEW)?;
    params.not_after = epoch + since_epoch(now + LIFETIME)?;
    Ok(params)
}
