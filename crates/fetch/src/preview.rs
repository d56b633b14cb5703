//! Fetches single pages without capturing them, under the same rules as a run: address check, robots.txt, delay.

use crate::client::{Client, Response};
use crate::links::{self, Link};
use crate::queue::origin;
use crate::robots::LONGEST_DELAY;
use crate::{Error, Fault, Plan, Robots, Setup, TOKEN, discover};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use url::Url;

/// A fetched page.
pub struct PreviewedPage {
    /// Its address, after redirects.
    pub url: Url,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Content-Encoding`.
    pub content_coding: Option<String>,
    /// Its body as received.
    pub body: Vec<u8>,
    /// Its links.
    pub links: Vec<Link>,
}

/// Fetches pages of one plan, one after another.
pub struct Previewer<'a> {
    setup: &'a Setup,
    delay: Duration,
    client: Client<'a>,
    /// By origin.
    robots: BTreeMap<String, Robots>,
    /// The earliest time of the next request.
    not_before: Option<Instant>,
}

impl<'a> Previewer<'a> {
    /// # Errors
    /// [`Error::Fetch`] if the plan's proxy can't be used.
    pub fn new(setup: &'a Setup, plan: &'a Plan) -> Result<Self, Error> {
        let client = Client::new(setup, plan).map_err(|problem| Error::Fetch { url: plan.id.clone(), problem })?;
        Ok(Self { setup, delay: plan.delay, client, robots: BTreeMap::new(), not_before: None })
    }

    /// Fetches the page at an address. Follows redirects.
    ///
    /// # Errors
    /// [`Error::Fetch`] after a fault, if robots.txt or the address check forbids it, or for a status other than 200.
    pub fn page(&mut self, address: &Url) -> Result<PreviewedPage, Error> {
        let fault = |url: &Url, problem: Fault| Error::Fetch { url: url.to_string(), problem };
        let mut url = address.clone();
        for _ in 0..=self.setup.limits.redirects {
            if !self.is_allowed(&url).map_err(|problem| fault(&url, problem))? {
                return Err(fault(&url, Fault::Robots));
            }
            let response = self.get(&url).map_err(|problem| fault(&url, problem))?;
            match response.redirect(&url) {
                Some(target) => url = target,
                None if response.status == 200 => return Ok(page(url, response)),
                None => return Err(fault(&url, Fault::Status { status: response.status })),
            }
        }
        Err(fault(address, Fault::Redirects { limit: self.setup.limits.redirects }))
    }

    /// The sitemaps that the robots.txt of an address's origin names; empty unless a page of it was fetched.
    #[must_use]
    pub fn sitemaps(&self, url: &Url) -> &[String] {
        self.robots.get(&origin(url)).map(Robots::sitemaps).unwrap_or_default()
    }

    /// Returns true if robots.txt, which is fetched at the first request to an origin, allows an address.
    fn is_allowed(&mut self, url: &Url) -> Result<bool, Fault> {
        let path = discover::path_and_query(url);
        if let Some(robots) = self.robots.get(&origin(url)) {
            return Ok(robots.allows(&path));
        }
        let robots_url = url.join("/robots.txt").map_err(|e| Fault::Forbidden { reason: e.to_string() })?;
        let response = self.get(&robots_url)?;
        let robots = match response.status {
            200..=299 => Robots::parse(&response.body, TOKEN),
            status @ (429 | 500..) => return Err(Fault::Status { status }),
            _ => Robots::open(),
        };
        let is_allowed = robots.allows(&path);
        self.robots.insert(origin(url), robots);
        Ok(is_allowed)
    }

    /// Requests an address once the delay is over.
    fn get(&mut self, url: &Url) -> Result<Response, Fault> {
        if let Some(not_before) = self.not_before {
            std::thread::sleep(not_before.saturating_duration_since(Instant::now()));
        }
        let asked = self.robots.get(&origin(url)).and_then(Robots::delay).unwrap_or_default();
        self.not_before = Some(Instant::now() + self.delay.max(asked.min(LONGEST_DELAY)));
        self.client.get(url, &[])
    }
}

fn page(url: Url, response: Response) -> PreviewedPage {
    let header = |name: &str| response.header(name).map(str::to_owned);
    let (content_type, content_coding) = (header("content-type"), header("content-encoding"));
    let links = links::of_response(&response, &url);
    PreviewedPage { url, content_type, content_coding, body: response.body, links }
}
