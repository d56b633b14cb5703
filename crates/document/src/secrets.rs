//! Masks secrets in addresses: what is published of an address must open no door.
//!
//! User names and passwords are left out. The values of query fields, of `;name=value` in the path, and of fields in the
//! fragment are replaced with [`MASK`] where their name says that they are a secret. The same address always has the same
//! masked form, and a masked address stays as it is.

use std::borrow::Cow;

/// Stands for a secret.
pub const MASK: &str = "***";

/// Names of fields that hold nothing but secrets, lower-case, without `-`, `_` and `.`.
const SECRETS: [&str; 38] = [
    "accesskey",
    "accesskeyid",
    "accesstoken",
    "apikey",
    "apitoken",
    "appkey",
    "authkey",
    "authorization",
    "authtoken",
    "awsaccesskeyid",
    "bearer",
    "cfid",
    "cftoken",
    "clientsecret",
    "credential",
    "credentials",
    "csrftoken",
    "idtoken",
    "jsessionid",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "phpsessid",
    "privatekey",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessid",
    "sessionid",
    "sessiontoken",
    "sharedaccesssignature",
    "signature",
    "subscriptionkey",
    "token",
    "xamzcredential",
    "xsrftoken",
];

/// Names that also have other uses: `?sid=12` is a story, `?key=water` a search. Their values are secrets only if they
/// look random.
const AMBIGUOUS: [&str; 10] = ["auth", "code", "hash", "key", "pass", "session", "sid", "sig", "ticket", "user"];

/// The least length of a random value. 12 letters and digits have 60 bits or more.
const RANDOM: usize = 12;

/// Returns an address with its secrets masked.
#[must_use]
pub fn masked(address: &str) -> Cow<'_, str> {
    if !address.contains(['@', '=']) {
        return Cow::Borrowed(address);
    }
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (place, rest) = address.split_at_checked(end).unwrap_or((address, ""));
    let mut out = String::with_capacity(address.len());
    let path = without_user(place, &mut out);
    mask_fields(path, &[';', '/'], &mut out);
    mask_fields(rest, &['?', '&', ';', '#'], &mut out);
    if out == address { Cow::Borrowed(address) } else { Cow::Owned(out) }
}

/// Copies scheme and host without user name and password. Returns the rest.
fn without_user<'a>(place: &'a str, out: &mut String) -> &'a str {
    let Some((scheme, rest)) = place.split_once("//").filter(|(scheme, _)| scheme.is_empty() || scheme.ends_with(':'))
    else {
        return place;
    };
    out.push_str(scheme);
    out.push_str("//");
    let (authority, path) = rest.split_at_checked(rest.find(['/', '\\']).unwrap_or(rest.len())).unwrap_or((rest, ""));
    out.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    path
}

/// Copies text whose fields are between `marks`, with the values of secret ones masked.
fn mask_fields(text: &str, marks: &[char], out: &mut String) {
    for field in text.split_inclusive(marks) {
        let end = field.trim_end_matches(marks);
        match end.split_once('=') {
            Some((name, value)) if !value.is_empty() && is_secret(name, value) => {
                out.push_str(name);
                out.push('=');
                out.push_str(MASK);
                out.push_str(field.get(end.len()..).unwrap_or_default());
            }
            _ => out.push_str(field),
        }
    }
}

/// Returns true if the value of a field is a secret.
fn is_secret(name: &str, value: &str) -> bool {
    let plain = decoded(name);
    let words = plain.to_ascii_lowercase();
    let name: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_named = |list: &[&str]| list.contains(&name.as_str());
    is_named(&SECRETS)
        || name.starts_with("aspsessionid")
        || ["token", "secret", "password", "signature", "apikey", "sessionid", "sessid"]
            .iter()
            .any(|end| name.ends_with(end))
        || (is_named(&AMBIGUOUS) && is_random(value))
}

/// Returns true if a value looks like one that a machine has drawn: long, of letters and digits.
fn is_random(value: &str) -> bool {
    value.len() >= RANDOM
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%+=/".contains(&b))
}

/// Decodes `%61`, so that a name can't be hidden.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.first_chunk::<2>().filter(|_| *first == b'%').and_then(|hex| str::from_utf8(hex).ok());
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        for (address, wanted) in [
            ("https://user:geheim@a.example/1?x=1", "https://a.example/1?x=1"),
            ("https://a@b@a.example", "https://a.example"),
            ("//u:p@a.example/x", "//a.example/x"),
            ("https://a.example/?access_token=abc&x=1#top", "https://a.example/?access_token=***&x=1#top"),
            ("https://a.example/?X-Amz-Signature=0f&x", "https://a.example/?X-Amz-Signature=***&x"),
            ("https://a.example/?x=1&amp;api%5Fkey=abc", "https://a.example/?x=1&amp;api%5Fkey=***"),
            ("https://a.example/p;jsessionid=A1?x=1", "https://a.example/p;jsessionid=***?x=1"),
            ("https://a.example/p;jsessionid=A1/q", "https://a.example/p;jsessionid=***/q"),
            ("https://a.example/#access_token=abc&x=1", "https://a.example/#access_token=***&x=1"),
            ("https://a.example/?sid=0123456789abcdef", "https://a.example/?sid=***"),
            ("https://a.example/?key=AIzaSyD-9tSrke72PouQMnMX", "https://a.example/?key=***"),
            ("https://a.example/?%74oken=abc", "https://a.example/?%74oken=***"),
        ] {
            assert_eq!(masked(address), wanted);
            assert_eq!(masked(wanted), wanted);
        }
    }

    #[test]
    fn ordinary_addresses_stay() {
        for address in [
            "https://a.example/@user/1",
            "https://a.example/?sid=12&key=water&code=BG&hash=",
            "https://a.example/a=b/token/2?monkey=1&passage=2&signed=1",
            "https://a.example/?mail=x@b.example",
            "mailto:a@b.example",
            "https://a.example/?token=",
            "file:///raw/a.html",
            "no address at all",
        ] {
            assert!(matches!(masked(address), Cow::Borrowed(_)), "{address}: {}", masked(address));
        }
    }
}
