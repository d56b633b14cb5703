//! Checks of addresses in the configuration. Each returns what is wrong, to be read after the address itself.

use super::fields::Fields;
use sanad_document::secrets::masked;
use sanad_fetch::pagination::Template;

/// Checks a web address.
pub(super) fn address(text: &str) -> Result<(), String> {
    match url::Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err(
            "has a user name or password in it, which would end up in captures and records; remove it, and send it \
                 as an `Authorization` header under `[headers]`"
                .to_owned(),
        ),
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        Ok(_) => Err("is not an http or https address".to_owned()),
        Err(error) => Err(format!("is not a valid address ({error})")),
    }
}

/// Checks the address of a listing, which may hold a page number to count up.
pub(super) fn listing(text: &str) -> Result<(), String> {
    match Template::parse(text)? {
        Some(template) => address(&template.address(0)),
        None => address(text),
    }
}

/// Reads the address of a service.
pub(super) fn service(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<String> {
    let text = fields.text(key)?;
    if let Err(why) = address(&text) {
        fields.reject(key, format!("`{key}`: {:?} {why}", masked(&text)));
        return None;
    }
    Some(text)
}

/// Reads the address of an HTTP proxy.
pub(super) fn proxy(fields: &mut Fields<'_, '_>) -> Option<String> {
    let text = fields.text("proxy")?;
    if let Err(fault) = sanad_fetch::proxy(&text) {
        fields.reject("proxy", format!("`proxy`: {fault}; write it as http://proxy.example:3128"));
        return None;
    }
    Some(text)
}
