//! Addresses in the configuration.

use super::fields::Fields;
use sanad_fetch::pagination::Template;

/// An address of the web.
pub(super) fn address(text: &str) -> Result<(), String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        Ok(_) => Err("is neither http nor https".to_owned()),
        Err(error) => Err(format!("is not an address ({error})")),
    }
}

/// The address of a listing, which may have a number to count up.
pub(super) fn listing(text: &str) -> Result<(), String> {
    match Template::parse(text)? {
        Some(template) => address(&template.address(0)),
        None => address(text),
    }
}

/// The address of a service.
pub(super) fn service(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<String> {
    let text = fields.text(key)?;
    if let Err(why) = address(&text) {
        fields.reject(key, format!("`{key}`: {text:?} {why}"));
        return None;
    }
    Some(text)
}

/// The address of an HTTP proxy.
pub(super) fn proxy(fields: &mut Fields<'_, '_>) -> Option<String> {
    let text = fields.text("proxy")?;
    if let Err(fault) = sanad_fetch::proxy(&text) {
        fields.reject("proxy", format!("`proxy`: {fault}; it must look like http://proxy.example:3128"));
        return None;
    }
    Some(text)
}
