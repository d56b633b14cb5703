//! Decides which addresses may be requested: http and https, on public IP addresses only (a guard against server-side
//! request forgery).
//!
//! The check is part of the resolver. The client connects to exactly the IP addresses that passed it, so a name that
//! resolves differently the second time (DNS rebinding) gains nothing. A source may allow hosts or addresses by name.

use crate::Fault;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs as _};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use url::{Host, Url};

/// IPv4 networks that aren't public (address, prefix length in bits), after IANA's special-purpose address registry.
const NON_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// IPv6 networks that aren't public (address, prefix length in bits), after IANA's special-purpose address registry.
const NON_PUBLIC_V6: [(Ipv6Addr, u32); 11] = [
    (Ipv6Addr::UNSPECIFIED, 127),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

/// Returns true if an address is public. An IPv6 address that embeds an IPv4 address (mapped, compatible, NAT64, 6to4)
/// must also embed a public one.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let bits = u32::from(v4);
            !NON_PUBLIC_V4.iter().any(|(net, length)| (bits ^ u32::from(*net)).leading_zeros() >= *length)
        }
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            let is_closed =
                NON_PUBLIC_V6.iter().any(|(net, length)| (bits ^ u128::from(*net)).leading_zeros() >= *length);
            !is_closed && embedded_v4(v6).is_none_or(|v4| is_public(IpAddr::V4(v4)))
        }
    }
}

/// The IPv4 address that an IPv6 address embeds.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |bits: u128| Ipv4Addr::from_bits(u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0));
    let bits = u128::from(address);
    match address.segments() {
        // Mapped, translated, compatible; then NAT64; then 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            Some(low(bits))
        }
        [0x2002, ..] => Some(low(bits >> 80)),
        _ => None,
    }
}

/// Decides which addresses one source may request.
#[derive(Debug, Clone, Default)]
pub(super) struct AddressGuard {
    /// Hosts and addresses that may be requested although they aren't public.
    pub(super) allowed: Vec<String>,
    /// The proxy. The client may connect to it wherever it is, but must not request pages from it.
    pub(super) proxy: Option<Uri>,
}

impl AddressGuard {
    /// Refuses what can be refused before the name is resolved: other schemes, credentials, literal IP addresses.
    pub(super) fn check(&self, url: &Url) -> Result<(), Fault> {
        let forbidden = |reason: &str| Err(Fault::Forbidden { reason: reason.to_owned() });
        if !matches!(url.scheme(), "http" | "https") {
            return forbidden("only http and https addresses are fetched");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden(
                "the address contains a user name or password; put credentials under `headers` of the source",
            );
        }
        let literal = match url.host() {
            None => return forbidden("the address has no host"),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        };
        let host = url.host_str().unwrap_or("");
        match (literal, &self.proxy) {
            (Some(address), _) if !self.permits(host, address) => Err(Fault::Forbidden { reason: refusal(address) }),
            (None, Some(proxy)) => self.check_before_proxy(host, proxy),
            _ => Ok(()),
        }
    }

    /// The proxy will resolve the name itself. It is resolved here first, if possible, so that a name with a non-public
    /// address is refused. The proxy's own name is refused too.
    fn check_before_proxy(&self, host: &str, proxy: &Uri) -> Result<(), Fault> {
        let is_allowed = self.allowed.iter().any(|a| a.eq_ignore_ascii_case(host));
        if !is_allowed && proxy.host().is_some_and(|p| p.eq_ignore_ascii_case(host)) {
            return Err(Fault::Forbidden { reason: format!("{host} is the proxy itself") });
        }
        let found = (host, 0).to_socket_addrs().into_iter().flatten();
        match found.map(|a| a.ip()).find(|address| !self.permits(host, *address)) {
            Some(address) => Err(Fault::Forbidden { reason: refusal(address) }),
            None => Ok(()),
        }
    }

    /// Returns true if the client may connect to this IP address for this host.
    fn permits(&self, host: &str, address: IpAddr) -> bool {
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let host = bare(host);
        let named = |allowed: &String| {
            let allowed = bare(allowed);
            allowed == host || allowed.parse::<IpAddr>().is_ok_and(|allowed| allowed == address)
        };
        is_public(address) || self.allowed.iter().any(named)
    }
}

fn refusal(address: IpAddr) -> String {
    format!("{address} is not a public address; to request it, name it under `allow_private` of the source")
}

/// A resolver that returns only the IP addresses that the guard permits.
#[derive(Debug)]
pub(super) struct GuardedResolver<R> {
    pub(super) guard: AddressGuard,
    pub(super) inner: R,
}

impl<R: Resolver> Resolver for GuardedResolver<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or("");
        if self.guard.proxy.as_ref() == Some(uri) {
            return Ok(found);
        }
        let mut permitted = self.empty();
        let mut refused = None;
        for address in &found {
            if self.guard.permits(host, address.ip()) {
                permitted.push(*address);
            } else {
                refused = Some(address.ip());
            }
        }
        match refused {
            Some(address) if permitted.is_empty() => {
                let fault = Fault::Forbidden { reason: refusal(address) };
                Err(ureq::Error::Other(Box::new(fault)))
            }
            _ => Ok(permitted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(address: &str) -> bool {
        AddressGuard::default().check(&Url::parse(address).unwrap()).is_err()
    }

    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        let spellings = [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[::127.0.0.1]/",
            "http://10.0.0.1/",
            "http://192.168.1.1/",
            "http://172.31.255.255/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            "http://[fe80::1]/",
            "http://[3fff::1]/",
            "http://[5f00::1]/",
            "http://100.100.100.200/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://168.63.129.16/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "http://user:secret@example.org/",
        ];
        for address in spellings {
            assert!(refuses(address), "{address}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for address in [
            "http://93.184.216.34/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
            "http://172.32.0.1/",
            "http://[::ffff:8.8.8.8]/",
            "https://example.org/",
        ] {
            assert!(!refuses(address), "{address}");
        }
    }

    #[test]
    fn a_source_may_allow_an_address_by_name() {
        let guard = AddressGuard { allowed: vec!["127.0.0.1".to_owned(), "intranet.example".to_owned()], proxy: None };
        assert!(guard.check(&Url::parse("http://127.0.0.1:8080/").unwrap()).is_ok());
        let loopback = AddressGuard { allowed: vec!["[::1]".to_owned()], proxy: None };
        assert!(loopback.check(&Url::parse("http://[::1]:8080/").unwrap()).is_ok());
        assert!(guard.permits("intranet.example", IpAddr::from([10, 0, 0, 1])));
        assert!(!guard.permits("other.example", IpAddr::from([10, 0, 0, 1])));
    }

    /// Returns another address each time, as a hostile name server does.
    #[derive(Debug)]
    struct Rebinding(std::sync::Mutex<Vec<&'static str>>);

    impl Resolver for Rebinding {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let next = self.0.lock().unwrap().pop().unwrap();
            let mut found = self.empty();
            found.push(next.parse().unwrap());
            Ok(found)
        }
    }

    /// Records the addresses it is asked to connect to, and refuses.
    #[derive(Debug, Clone, Default)]
    struct RecordingConnector(std::sync::Arc<std::sync::Mutex<Vec<IpAddr>>>);

    impl ureq::unversioned::transport::Connector<()> for RecordingConnector {
        type Out = Box<dyn ureq::unversioned::transport::Transport>;

        fn connect(
            &self,
            details: &ureq::unversioned::transport::ConnectionDetails<'_>,
            _: Option<()>,
        ) -> Result<Option<Self::Out>, ureq::Error> {
            self.0.lock().unwrap().extend(details.addrs.iter().map(std::net::SocketAddr::ip));
            Err(ureq::Error::ConnectionFailed)
        }
    }

    #[test]
    fn a_name_that_changes_its_address_between_look_ups_is_checked_each_time() {
        // The last one is returned first.
        let answers = vec!["127.0.0.1:80", "169.254.169.254:80", "93.184.216.34:80"];
        let resolver = GuardedResolver { guard: AddressGuard::default(), inner: Rebinding(answers.into()) };
        let connector = RecordingConnector::default();
        let agent = ureq::Agent::with_parts(Config::default(), connector.clone(), resolver);
        let mut refused = Vec::new();
        for _ in 0..3 {
            if let Err(ureq::Error::Other(cause)) = agent.get("http://rebinding.example/").call() {
                refused.push(cause.to_string());
            }
        }
        assert_eq!(
            *connector.0.lock().unwrap(),
            [IpAddr::from([93, 184, 216, 34])],
            "only what was checked is connected to"
        );
        assert_eq!(refused.len(), 2);
        assert!(refused.iter().all(|r| r.contains("not a public address")), "{refused:?}");
    }
}
