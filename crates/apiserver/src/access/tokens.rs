//! Service account tokens: JSON Web Tokens signed with ES256.
//!
//! **Invariant:** a token is good only while the objects that it is bound to exist with the uids
//! that it carries, whatever its expiry says.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::User;
use crate::core::Core;
use crate::kinds;

/// Who signs the tokens, and for whom unless another audience is asked for.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc";

/// The key that signs tokens.
pub(crate) struct Keys {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    id: String,
}

impl Keys {
    /// A new key, which lives as long as the server.
    #[expect(
        clippy::disallowed_methods,
        reason = "ring signs only with the operating system's randomness, and a secret key needs it"
    )]
    pub(crate) fn generate() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .expect("the operating system has randomness");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
            .expect("the key was just generated");
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(pair.public_key().as_ref()));
        Self { pair, random, id }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "kid": self.id});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self
            .pair
            .sign(&self.random, message.as_bytes())
            .expect("the operating system has randomness");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn verify(&self, token: &str) -> Option<Value> {
        let (message, signature) = token.rsplit_once('.')?;
        let (_, claims) = message.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref())
            .verify(message.as_bytes(), &signature)
            .ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// The public key, for those who check tokens themselves.
    pub(crate) fn jwks(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        // An uncompressed point: 4, then both coordinates.
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        json!({"keys": [{
            "use": "sig",
            "kty": "EC",
            "kid": self.id,
            "crv": "P-256",
            "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }]})
    }

    /// Where the public key is found.
    #[expect(clippy::unused_self, reason = "it describes the key that it stands beside")]
    pub(crate) fn configuration(&self) -> Value {
        json!({
            "issuer": ISSUER,
            "jwks_uri": format!("{ISSUER}/openid/v1/jwks"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })
    }
}

/// What a token is issued for.
pub(crate) struct Grant<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) account: &'a str,
    pub(crate) account_uid: &'a str,
    pub(crate) audiences: Vec<String>,
    pub(crate) seconds: i64,
    /// A pod, secret or node that the token ends with: field name, name and uid.
    pub(crate) bound: Option<(&'static str, String, String)>,
}

/// A signed token, and when it expires.
pub(crate) fn issue(core: &Core, grant: Grant<'_>) -> (String, jiff::Timestamp) {
    let now = core.now();
    let expires = now + jiff::SignedDuration::from_secs(grant.seconds);
    let mut kubernetes = json!({
        "namespace": grant.namespace,
        "serviceaccount": {"name": grant.account, "uid": grant.account_uid},
    });
    if let Some((field, name, uid)) = grant.bound {
        kubernetes[field] = json!({"name": name, "uid": uid});
    }
    let claims = json!({
        "aud": grant.audiences,
        "exp": expires.as_second(),
        "iat": now.as_second(),
        "iss": ISSUER,
        "jti": core.uid(),
        "kubernetes.io": kubernetes,
        "nbf": now.as_second(),
        "sub": format!("system:serviceaccount:{}:{}", grant.namespace, grant.account),
    });
    (core.keys.sign(&claims), expires)
}

/// Why a token is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is not ours, has expired, or what it is bound to has gone.
    Unknown,
    /// It is for others than those who were asked for.
    Audience(Vec<String>),
}

/// The service account of a token that is good now for one of these audiences, and for which.
pub(super) fn authenticate(
    core: &Core,
    token: &str,
    audiences: &[&str],
) -> Result<(User, Vec<String>), Unfit> {
    let claims = core.keys.verify(token).ok_or(Unfit::Unknown)?;
    let carried = claims["aud"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let carried: Vec<String> = carried.map(str::to_owned).collect();
    let fitting: Vec<String> =
        carried.iter().filter(|it| audiences.contains(&it.as_str())).cloned().collect();
    if fitting.is_empty() {
        return Err(Unfit::Audience(carried));
    }
    bearer(core, &claims).map(|user| (user, fitting)).ok_or(Unfit::Unknown)
}

/// Whom the claims of a token stand for, while they do.
fn bearer(core: &Core, claims: &Value) -> Option<User> {
    let now = core.now().as_second();
    if now >= claims["exp"].as_i64()? || now < claims["nbf"].as_i64()? {
        return None;
    }
    let bound = &claims["kubernetes.io"];
    let namespace = bound["namespace"].as_str()?;
    let account = exists(core, "serviceaccounts", namespace, &bound["serviceaccount"])?;
    let mut extra = BTreeMap::new();
    let credential = format!("JTI={}", claims["jti"].as_str()?);
    extra.insert("authentication.kubernetes.io/credential-id".to_owned(), vec![credential]);
    for (field, plural) in [("pod", "pods"), ("secret", "secrets")] {
        if bound[field].is_object() {
            let (name, uid) = exists(core, plural, namespace, &bound[field])?;
            if field == "pod" {
                extra.insert("authentication.kubernetes.io/pod-name".to_owned(), vec![name]);
                extra.insert("authentication.kubernetes.io/pod-uid".to_owned(), vec![uid]);
            }
        }
    }
    Some(User {
        name: format!("system:serviceaccount:{namespace}:{}", account.0),
        uid: account.1,
        groups: vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
            super::AUTHENTICATED.to_owned(),
        ],
        extra,
    })
}

/// Name and uid of an object that a token is bound to, if it is still the same one.
fn exists(core: &Core, plural: &str, namespace: &str, bound: &Value) -> Option<(String, String)> {
    let resource = kinds::find("", "v1", plural)?;
    let (name, uid) = (bound["name"].as_str()?, bound["uid"].as_str()?);
    let object = core.store.get(resource, namespace, name)?;
    (*object.uid == *uid).then(|| (name.to_owned(), uid.to_owned()))
}
