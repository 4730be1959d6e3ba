//! Which tokens let in, and why others do not.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};
use signaling_proto::range::OutOfRange;

use super::super::tests::{HERE, NOW, SECRET, Scratch, grant};
use super::super::{Algorithm, Scope};
use super::*;

/// Made with Python's hmac and hashlib.
const FOREIGN_HS256: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjIwMjYtMTEifQ.eyJhdWQiOiJmdWdpdGl2ZS1zaWduYWxpbmciLCJleHAiOjE3MDAwMDAzMDAsImp0aSI6InZpZXdlci0xIiwic3dhcm0iOiJzaG93IiwiY29ubnMiOjMsInN1YiI6Imlnbm9yZWQifQ.aC_5_VizEaKVHLu4B7h33B-DZbABmOakMuFEKXYeX3g";
/// Made with OpenSSL: `aud` is a list, `exp` has a fraction, there is no `kid`.
const FOREIGN_EDDSA: &str = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiZnVnaXRpdmUtc2lnbmFsaW5nIiwib3RoZXIiXSwiZXhwIjoxNzAwMDAwMzAwLjc1LCJuYmYiOjE3MDAwMDAwMDAsImlhdCI6MTcwMDAwMDAwMCwianRpIjoidmlld2VyLTIiLCJwcmVmaXgiOiJhY21lLyIsIm5ldCI6IjIwMy4wLjExMy4wLzI0In0.p9LHUjjvIvOLE2uAdty0TXAZYMNtqyZJ4S93hApYYbiwrC-0ZlzgcyfsaEzaPgreECNaqHKFQnUnn9YYrf1VDg";
const FOREIGN_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAdxxkJakD5vgXV46KJap2yGF6n50SPuVowJrs7WDZjBk=
-----END PUBLIC KEY-----
";

#[test]
fn tokens_of_other_libraries_let_in() {
    let verifier = hs256("2026-11");
    let ticket = verifier.verify(FOREIGN_HS256, "show", HERE, NOW).unwrap();
    let expected = |id: &str, connections| Ticket {
        id: id.into(),
        connections,
        expires: NOW + 300,
        role: Role::Viewer,
    };
    assert_eq!(ticket, expected("viewer-1", 3));

    let scratch = Scratch::new();
    let file = scratch.write("pub", FOREIGN_PUBLIC);
    let key = VerifyingKey::read(&file, Algorithm::EdDsa, "any").unwrap();
    let ticket = verifier_of(vec![key]).verify(FOREIGN_EDDSA, "acme/show", HERE, NOW);
    assert_eq!(ticket, Ok(expected("viewer-2", 1)));
}

#[test]
fn minted_tokens_let_in_for_what_they_grant() {
    let scratch = Scratch::new();
    let (signing, verifying) = scratch.ed25519("ed");
    let keys = [
        (scratch.signing("a"), hs256("a")),
        (signing, verifier_of(vec![verifying])),
    ];
    let wide = Grant {
        scope: Scope::Prefix("sh".into()),
        not_before: Some(NOW),
        connections: 64,
        network: Some("203.0.113.0/24".parse().unwrap()),
        ..grant()
    };
    for (signing, verifier) in keys {
        for grant in [grant(), wide.clone()] {
            let token = signing.mint(&grant, NOW).unwrap();
            let ticket = verifier.verify(&token, "show", HERE, NOW).unwrap();
            assert_eq!(ticket.id, grant.id);
            assert_eq!(ticket.connections, grant.connections);
            assert_eq!(ticket.expires, grant.expires);
        }
    }
}

#[test]
fn refuses_claims_that_are_missing_or_out_of_range() {
    let claim = |field, expected| TokenError::Claim(ClaimError(OutOfRange { field, expected }));
    let id = "1 to 64 printable ASCII characters without space";
    let one_scope = "there, or prefix, and not both";
    let net = "an address and a length, such as 203.0.113.0/24";
    let cases = [
        (json!({"exp": null}), claim("exp", "there")),
        (json!({"jti": null}), claim("jti", "there")),
        (json!({"jti": ""}), claim("jti", id)),
        (json!({"jti": "a".repeat(65)}), claim("jti", id)),
        (json!({"jti": "two words"}), claim("jti", id)),
        (json!({"jti": "ünprintable"}), claim("jti", id)),
        (json!({"swarm": null}), claim("swarm", one_scope)),
        (json!({"prefix": "sh"}), claim("swarm", one_scope)),
        (json!({"swarm": ""}), claim("swarm", "1 to 128 bytes")),
        (
            json!({"swarm": "s".repeat(129)}),
            claim("swarm", "1 to 128 bytes"),
        ),
        (
            json!({"swarm": null, "prefix": ""}),
            claim("prefix", "1 to 128 bytes"),
        ),
        (json!({"conns": 0}), claim("conns", "1 to 64")),
        (json!({"conns": 65}), claim("conns", "1 to 64")),
        (json!({"net": "203.0.113.7"}), claim("net", net)),
        (json!({"net": "203.0.113.0/33"}), claim("net", net)),
        (json!({"conns": -1}), TokenError::Malformed),
        (json!({"conns": 1.5}), TokenError::Malformed),
        (json!({"exp": "1700000300"}), TokenError::Malformed),
        (json!({"exp": -1}), TokenError::Malformed),
        (json!({"exp": 1e300}), TokenError::Malformed),
        (json!({"nbf": true}), TokenError::Malformed),
        (json!({"jti": 7}), TokenError::Malformed),
        (json!({"swarm": ["show"]}), TokenError::Malformed),
        (json!({"aud": null}), TokenError::OtherAudience),
        (json!({"aud": "another"}), TokenError::OtherAudience),
        (json!({"aud": []}), TokenError::OtherAudience),
        (json!({"aud": 7}), TokenError::OtherAudience),
    ];
    for (changed, expected) in cases {
        let token = token_with(&changed);
        let found = hs256("a").verify(&token, "show", HERE, NOW);
        assert_eq!(found, Err(expected), "{changed}");
    }
}

#[test]
fn refuses_a_token_outside_its_time() {
    let longest = NOW + 12 * 3600;
    let cases = [
        (json!({"exp": NOW}), None),
        (json!({"exp": NOW - 5}), None),
        (json!({"exp": NOW - 6}), Some(TokenError::Expired)),
        (json!({"exp": 0}), Some(TokenError::Expired)),
        (json!({"nbf": NOW + 5}), None),
        (json!({"nbf": NOW + 6}), Some(TokenError::NotYet)),
        (json!({"exp": longest, "iat": NOW}), None),
        (
            json!({"exp": longest + 6, "iat": NOW}),
            Some(TokenError::LastsTooLong),
        ),
        (json!({"exp": longest + 5}), None),
        (json!({"exp": longest + 6}), Some(TokenError::LastsTooLong)),
        // Minted long ago for too long a time, of which little is left.
        (json!({"iat": NOW - 12 * 3600}), Some(TokenError::LastsTooLong)),
        // A time of minting in the future makes it no shorter.
        (
            json!({"exp": longest + 3600, "iat": longest}),
            Some(TokenError::LastsTooLong),
        ),
    ];
    for (changed, refused) in cases {
        let found = hs256("a").verify(&token_with(&changed), "show", HERE, NOW);
        assert_eq!(found.err(), refused, "{changed}");
    }
}

#[test]
fn the_times_at_the_end_of_the_range_do_not_overflow() {
    let token = token_with(&json!({"exp": 253_402_300_799_u64, "nbf": 253_402_300_799_u64}));
    for (now, refused) in [(0, TokenError::NotYet), (u64::MAX, TokenError::Expired)] {
        assert_eq!(hs256("a").verify(&token, "show", HERE, now), Err(refused));
    }
}

#[test]
fn refuses_a_token_for_another_swarm() {
    let exact = json!({"swarm": "show"});
    let prefix = json!({"swarm": null, "prefix": "acme/"});
    let cases = [
        (&exact, "show", true),
        (&exact, "show2", false),
        (&exact, "sho", false),
        (&exact, "Show", false),
        (&prefix, "acme/", true),
        (&prefix, "acme/show", true),
        (&prefix, "acme", false),
        (&prefix, "acmes/show", false),
        (&prefix, "other/acme/", false),
        (&prefix, "", false),
    ];
    for (scope, swarm, lets_in) in cases {
        let found = hs256("a").verify(&token_with(scope), swarm, HERE, NOW);
        assert_eq!(
            found.err(),
            (!lets_in).then_some(TokenError::OtherSwarm),
            "{scope} {swarm}"
        );
    }
}

#[test]
fn refuses_a_client_in_another_network() {
    let cases = [
        ("203.0.113.0/24", "203.0.113.255", true),
        ("203.0.113.9/24", "203.0.113.1", true),
        ("203.0.113.0/24", "203.0.114.1", false),
        ("203.0.113.0/24", "::ffff:203.0.113.7", true),
        ("203.0.113.0/24", "2001:db8::1", false),
        ("203.0.113.7/32", "203.0.113.8", false),
        ("2001:db8::/64", "2001:db8::abcd", true),
        ("2001:db8::/64", "2001:db8:0:1::1", false),
        ("2001:db8::/64", "203.0.113.7", false),
        ("0.0.0.0/0", "198.51.100.1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
    ];
    for (net, address, lets_in) in cases {
        let token = token_with(&json!({"net": net}));
        let found = hs256("a").verify(&token, "show", address.parse().unwrap(), NOW);
        assert_eq!(
            found.err(),
            (!lets_in).then_some(TokenError::OtherAddress),
            "{net} {address}"
        );
    }
}

#[test]
fn refuses_what_is_no_token() {
    let good = token_with(&json!({}));
    let parts: Vec<_> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a token has three parts")
    };
    let cases = [
        String::new(),
        ".".into(),
        "..".into(),
        "a.b.c".into(),
        "ä.ö.ü".into(),
        format!("{header}.{claims}"),
        format!("{good}."),
        format!("{good}=="),
        format!(".{good}"),
        format!("{header}..{signature}"),
        format!("{}.{claims}.{signature}", base64("[]")),
        format!("{}.{claims}.{signature}", base64("{\"typ\":\"JWT\"}")),
        format!("{}.{claims}.{signature}", base64(&"[".repeat(1000))),
    ];
    for token in cases {
        let found = hs256("a").verify(&token, "show", HERE, NOW);
        assert!(
            matches!(found, Err(TokenError::Malformed | TokenError::BadSignature)),
            "{token}: {found:?}"
        );
    }
}

#[test]
fn refuses_a_token_over_2_kib_unread() {
    let long = token_with(&json!({"filler": "f".repeat(2000)}));
    assert!(long.len() > MAX_TOKEN);
    assert_eq!(
        hs256("a").verify(&long, "show", HERE, NOW),
        Err(TokenError::TooLong)
    );
    let fits = token_with(&json!({"filler": "f".repeat(1300)}));
    assert!(fits.len() > 1900 && fits.len() <= MAX_TOKEN, "{}", fits.len());
    assert!(hs256("a").verify(&fits, "show", HERE, NOW).is_ok());
}

#[test]
fn refuses_a_token_without_signature() {
    let none = base64("{\"alg\":\"none\",\"kid\":\"a\"}");
    let claims = base64(&claims(&json!({})).to_string());
    for token in [format!("{none}.{claims}."), format!("{none}.{claims}.AAAA")] {
        let found = hs256("a").verify(&token, "show", HERE, NOW);
        assert_eq!(found, Err(TokenError::Malformed), "{token}");
    }
    let unsigned = format!("{}.{claims}.", base64("{\"alg\":\"HS256\",\"kid\":\"a\"}"));
    let found = hs256("a").verify(&unsigned, "show", HERE, NOW);
    assert_eq!(found, Err(TokenError::BadSignature));
}

#[test]
fn refuses_an_algorithm_that_is_not_the_keys() {
    for name in ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"] {
        let header = base64(&format!("{{\"alg\":\"{name}\",\"kid\":\"a\"}}"));
        let claims = base64(&claims(&json!({})).to_string());
        let token = signed(&format!("{header}.{claims}"), SECRET.as_bytes());
        let found = hs256("a").verify(&token, "show", HERE, NOW);
        assert_eq!(found, Err(TokenError::OtherAlgorithm), "{name}");
    }
}

#[test]
fn refuses_an_hs256_token_signed_with_the_public_key() {
    let scratch = Scratch::new();
    let (_, verifying) = scratch.ed25519("a");
    let file = fs::read(scratch.path("a.pub")).unwrap();
    let der = pem::parse(&file).unwrap().into_contents();
    let verifier = verifier_of(vec![verifying]);
    for secret in [&file[..], file.trim_ascii(), &der, &der[12..]] {
        for header in ["{\"alg\":\"HS256\",\"kid\":\"a\"}", "{\"alg\":\"HS256\"}"] {
            let message = format!("{}.{}", base64(header), base64(&claims(&json!({})).to_string()));
            let found = verifier.verify(&signed(&message, secret), "show", HERE, NOW);
            assert_eq!(found, Err(TokenError::OtherAlgorithm));
        }
        let header = base64("{\"alg\":\"EdDSA\",\"kid\":\"a\"}");
        let message = format!("{header}.{}", base64(&claims(&json!({})).to_string()));
        let found = verifier.verify(&signed(&message, secret), "show", HERE, NOW);
        assert_eq!(found, Err(TokenError::BadSignature));
    }
}

#[test]
fn refuses_a_token_that_brings_its_own_key() {
    let scratch = Scratch::new();
    let (other, _) = scratch.ed25519("other");
    let (_, verifying) = scratch.ed25519("a");
    let mut token = other.mint(&grant(), NOW).unwrap();
    let x = &token[..43];
    let header = json!({"alg": "EdDSA", "kid": "a", "jku": "https://evil.example/keys",
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
    let rest = token.split_once('.').unwrap().1.to_owned();
    token = format!("{}.{rest}", base64(&header.to_string()));
    let found = verifier_of(vec![verifying]).verify(&token, "show", HERE, NOW);
    assert_eq!(found, Err(TokenError::BadSignature));
}

#[test]
fn refuses_a_critical_extension_that_it_does_not_know() {
    let header = base64("{\"alg\":\"HS256\",\"kid\":\"a\",\"crit\":[\"x\"],\"x\":1}");
    let message = format!("{header}.{}", base64(&claims(&json!({})).to_string()));
    let found = hs256("a").verify(&signed(&message, SECRET.as_bytes()), "show", HERE, NOW);
    assert_eq!(found, Err(TokenError::Malformed));
}

#[test]
fn one_key_takes_over_from_another() {
    let scratch = Scratch::new();
    let (old, old_public) = scratch.ed25519("2026-10");
    let new = scratch.signing("2026-11");
    let both = verifier_of(vec![old_public.clone(), secret_key("2026-11", SECRET)]);
    for key in [&old, &new] {
        let token = key.mint(&grant(), NOW).unwrap();
        assert!(both.verify(&token, "show", HERE, NOW).is_ok());
    }
    let later = hs256("2026-11");
    let token = old.mint(&grant(), NOW).unwrap();
    assert_eq!(
        later.verify(&token, "show", HERE, NOW),
        Err(TokenError::UnknownKey)
    );
    assert!(
        later
            .verify(&new.mint(&grant(), NOW).unwrap(), "show", HERE, NOW)
            .is_ok()
    );
}

#[test]
fn a_token_of_one_key_does_not_pass_as_anothers() {
    let verifier = verifier_of(vec![
        secret_key("a", SECRET),
        secret_key("b", &SECRET.replace('0', "x")),
    ]);
    let message = format!(
        "{}.{}",
        base64("{\"alg\":\"HS256\",\"kid\":\"b\"}"),
        base64(&claims(&json!({})).to_string())
    );
    let found = verifier.verify(&signed(&message, SECRET.as_bytes()), "show", HERE, NOW);
    assert_eq!(found, Err(TokenError::BadSignature));
}

#[test]
fn a_token_without_key_id_is_good_where_there_is_one_key() {
    let message = format!(
        "{}.{}",
        base64("{\"alg\":\"HS256\"}"),
        base64(&claims(&json!({})).to_string())
    );
    let token = signed(&message, SECRET.as_bytes());
    assert!(hs256("a").verify(&token, "show", HERE, NOW).is_ok());
    for keys in [
        vec![],
        vec![
            secret_key("a", SECRET),
            secret_key("b", &SECRET.replace('0', "x")),
        ],
    ] {
        let found = verifier_of(keys).verify(&token, "show", HERE, NOW);
        assert_eq!(found, Err(TokenError::UnknownKey));
    }
}

#[test]
fn mints_nothing_that_would_be_refused() {
    let scratch = Scratch::new();
    let key = scratch.signing("a");
    let cases = [
        (
            Grant {
                id: String::new(),
                ..grant()
            },
            "jti",
        ),
        (
            Grant {
                connections: 65,
                ..grant()
            },
            "conns",
        ),
        (
            Grant {
                scope: Scope::Prefix(String::new()),
                ..grant()
            },
            "prefix",
        ),
    ];
    for (grant, claim) in cases {
        let error = key.mint(&grant, NOW).unwrap_err();
        assert!(
            matches!(&error, MintError::Claim(error) if error.0.field == claim),
            "{error}"
        );
    }
}

#[test]
fn the_longest_grant_makes_a_token_that_is_not_too_long() {
    let scratch = Scratch::new();
    let (signing, verifying) = scratch.ed25519(&"k".repeat(64));
    let longest = Grant {
        // A control character takes six bytes of JSON.
        scope: Scope::Swarm("\u{1}".repeat(128)),
        id: "\"".repeat(64),
        network: Some("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128".parse().unwrap()),
        ..grant()
    };
    let token = signing.mint(&longest, NOW).unwrap();
    assert!(token.len() <= MAX_TOKEN, "{}", token.len());
    let address = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff".parse().unwrap();
    let found = verifier_of(vec![verifying]).verify(&token, &"\u{1}".repeat(128), address, NOW);
    assert!(found.is_ok(), "{found:?}");
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let scratch = Scratch::new();
    let (signing, verifying) = scratch.ed25519("a");
    let cases = [
        (scratch.signing("a"), hs256("a")),
        (signing, verifier_of(vec![verifying])),
    ];
    for (signing, verifier) in cases {
        let token = signing.mint(&grant(), NOW).unwrap();
        assert!(verifier.verify(&token, "show", HERE, NOW).is_ok());
        for place in 0..token.len() {
            for bit in 0..7 {
                let changed = flipped(&token, place, 1 << bit);
                let found = verifier.verify(&changed, "show", HERE, NOW);
                assert!(found.is_err(), "byte {place} bit {bit}: {changed}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_anywhere_is_refused(place in any::<prop::sample::Index>(), mask in 1_u8..=255) {
        let token = token_with(&json!({}));
        let changed = flipped(&token, place.index(token.len()), mask);
        prop_assert!(hs256("a").verify(&changed, "show", HERE, NOW).is_err(), "{changed}");
    }

    #[test]
    fn nothing_that_is_no_token_panics(header in ".{0,200}", claims in ".{0,200}", raw in ".{0,400}") {
        let signed = signed(&format!("{}.{}", base64(&header), base64(&claims)), SECRET.as_bytes());
        for token in [raw, signed] {
            prop_assert!(hs256("a").verify(&token, "show", HERE, NOW).is_err(), "{token}");
        }
    }
}

/// The token with one byte changed; what is no text then becomes U+FFFD, as at the edge of the server.
fn flipped(token: &str, place: usize, mask: u8) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[place] ^= mask;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hs256(id: &str) -> Verifier {
    verifier_of(vec![secret_key(id, SECRET)])
}

fn secret_key(id: &str, secret: &str) -> VerifyingKey {
    let scratch = Scratch::new();
    VerifyingKey::read(&scratch.write("key", secret), Algorithm::Hs256, id).unwrap()
}

fn verifier_of(keys: Vec<VerifyingKey>) -> Verifier {
    Verifier::new(keys, Duration::from_secs(12 * 3600))
}

/// Good claims, but for those given; null takes one out.
fn claims(changed: &Value) -> Value {
    let mut claims =
        json!({"aud": "fugitive-signaling", "exp": NOW + 300, "jti": "viewer-1", "swarm": "show"});
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changed.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}

/// A token of [`claims`] with a good signature.
fn token_with(changed: &Value) -> String {
    let header = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\"}");
    let message = format!("{header}.{}", base64(&claims(changed).to_string()));
    signed(&message, SECRET.as_bytes())
}

fn signed(message: &str, secret: &[u8]) -> String {
    use ::base64::Engine;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    let signature = ring::hmac::sign(&key, message.as_bytes());
    let signature = ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(signature);
    format!("{message}.{signature}")
}

fn base64(text: &str) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
