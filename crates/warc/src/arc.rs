//! ARC files, versions 1 and 2: the format of the Internet Archive before WARC.
//!
//! A record is a line (address, IP address, date, media type, in version 2 more, length), the block, and a line end.

use crate::write::uuid;

/// The first bytes of a file: the record that describes it.
pub(super) const MAGIC: &[u8] = b"filedesc:";

/// Schemes of the addresses that crawlers wrote. A line that was met in its middle has none of them.
const SCHEMES: &[&str] = &[
    "data",
    "dns",
    "file",
    "filedesc",
    "ftp",
    "gopher",
    "http",
    "https",
    "javascript",
    "mailto",
    "metadata",
    "news",
    "nntp",
    "urn",
    "warcinfo",
    "whois",
];

/// Fields of a record's line. Version 2 has five more between media type and length.
struct Line<'a> {
    url: String,
    ip: &'a str,
    date: String,
    media_type: &'a str,
    length: u64,
}

fn parsed(line: &str) -> Option<Line<'_>> {
    let parts: Vec<&str> = line.trim_end().split(' ').collect();
    // Addresses may hold blanks, so the date is what is searched.
    let date_at = parts.iter().skip(2).position(|part| is_date(part))? + 2;
    let (ip, media_type) = (*parts.get(date_at - 1)?, *parts.get(date_at + 1)?);
    let length = parts.get(date_at + 2..)?.last()?.parse().ok()?;
    let url = parts.get(..date_at - 1)?.join(" ");
    let scheme = url.split_once(':')?.0.to_ascii_lowercase();
    SCHEMES.contains(&scheme.as_str()).then(|| Line {
        url,
        ip,
        date: timestamp(parts.get(date_at).unwrap_or(&"")),
        media_type,
        length,
    })
}

fn is_date(part: &str) -> bool {
    matches!(part.len(), 8 | 12 | 14 | 17) && part.bytes().all(|b| b.is_ascii_digit())
}

/// Digits as a time: fourteen, with milliseconds behind them, or a day or minute in fewer.
fn timestamp(digits: &str) -> String {
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let day = format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8));
    match digits.len() {
        8 => return day,
        12 => return format!("{day}T{}:{}Z", part(8, 10), part(10, 12)),
        _ => {}
    }
    format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14))
}

/// Whether a line begins a record.
pub(super) fn is_record_line(line: &[u8]) -> bool {
    parsed(&String::from_utf8_lossy(line)).is_some()
}

/// A record's line as the header of a WARC record with the same meaning: its fields and the length of its block.
/// `is_http` tells whether the block is an HTTP response. ARC records have no ids, so the id is derived from the line
/// and its offset.
pub(super) fn fields(line: &str, offset: u64, is_http: bool) -> Option<(Vec<(String, String)>, u64)> {
    let parsed = parsed(line)?;
    let kind = match () {
        () if parsed.url.starts_with("filedesc:") => "warcinfo",
        () if is_http => "response",
        () => "resource",
    };
    let media_type = if is_http { "application/http; msgtype=response" } else { parsed.media_type };
    let mut hash = blake3::Hasher::new();
    hash.update(b"ARC\0").update(&offset.to_le_bytes()).update(line.as_bytes());
    let mut fields = vec![
        ("WARC-Type".to_owned(), kind.to_owned()),
        ("WARC-Record-ID".to_owned(), format!("<{}>", uuid(&hash))),
        ("WARC-Date".to_owned(), parsed.date),
        ("WARC-Target-URI".to_owned(), parsed.url),
    ];
    if parsed.ip.parse::<std::net::IpAddr>().is_ok_and(|ip| !ip.is_unspecified()) {
        fields.push(("WARC-IP-Address".to_owned(), parsed.ip.to_owned()));
    }
    fields.push(("Content-Type".to_owned(), media_type.to_owned()));
    Some((fields, parsed.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_versions_are_read() {
        let one = "http://a.example/b c 10.0.0.1 20060102030405 text/html 123";
        let two = "http://a.example/ 10.0.0.1 20060102030405 text/html 200 - - 0 x.arc 77";
        for (line, url, length) in [(one, "http://a.example/b c", 123), (two, "http://a.example/", 77)] {
            let (fields, found) = fields(line, 9, true).unwrap();
            assert_eq!(found, length);
            assert!(fields.contains(&("WARC-Target-URI".to_owned(), url.to_owned())));
            assert!(fields.contains(&("WARC-Date".to_owned(), "2006-01-02T03:04:05Z".to_owned())));
        }
        for other in ["", "a b c d e", "http://a.example/ 10.0.0.1 2006 text/html 123", "no scheme 20060102030405 a 1"]
        {
            assert!(!is_record_line(other.as_bytes()), "{other}");
        }
    }
}
