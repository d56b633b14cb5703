//! Database addresses as messages may show them.

/// Returns a database server's address without user, password and options.
#[must_use]
pub fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return "the database".to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_shown_address_holds_no_password() {
        for (address, shown) in [
            ("postgresql://me:se@cret@host:5433/name?password=x", "postgresql://host:5433/name"),
            ("postgresql://me@/name?host=/run", "postgresql:///name"),
            ("postgres://host/name", "postgres://host/name"),
            ("host=x password=secret", "the database"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
