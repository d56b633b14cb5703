//! Fetches single pages without capturing them, under the same rules as a run: address check, robots.txt, delay.

use crate::client::{Client, Response};
use crate::cookies::CookieJar;
use crate::links::{self, Link};
use crate::queue::origin;
use crate::robots::LONGEST_DELAY;
use crate::{Error, Fault, Plan, Robots, Setup, discover, lists, refresh, robots_file};
use sanad_document::Page;
use sanad_document::secrets::masked;
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

impl PreviewedPage {
    /// The addresses that it names if it is a list: a sitemap or a feed.
    #[must_use]
    pub fn addresses(&self) -> Vec<Url> {
        let page = Page {
            url: Some(self.url.as_str()),
            content_type: self.content_type.as_deref(),
            content_coding: self.content_coding.as_deref(),
            ..Page::default()
        };
        lists::addresses(&self.body, &page)
    }
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
        let fault = |url: &Url, problem: Fault| Error::Fetch { url: masked(url.as_str()).into_owned(), problem };
        let (mut url, mut cookies) = (address.clone(), CookieJar::default());
        for _ in 0..=self.setup.limits.redirects {
            if !self.is_allowed(&url).map_err(|problem| fault(&url, problem))? {
                return Err(fault(&url, Fault::Robots));
            }
            let response = self.get(&url, &cookies).map_err(|problem| fault(&url, problem))?;
            match refresh::destination(&response, &url) {
                Some(target) => {
                    cookies.take(response.values("set-cookie"), &url);
                    url = target;
                }
                None if response.status == 200 => return Ok(page(url, response)),
                None => return Err(fault(&url, Fault::Status { status: response.status })),
            }
        }
        Err(fault(address, Fault::Redirects { limit: self.setup.limits.redirects }))
    }

    /// The sitemaps that the robots.txt of an address's origin names; empty unless a page of it was fetched.
    #[must_use]
    pub fn sitemaps(&self, url: &Url) -> Vec<String> {
        let robots = self.robots.get(&origin(url));
        robots.into_iter().flat_map(|robots| robots.sitemap_urls(url)).map(String::from).collect()
    }

    /// Returns true if robots.txt, which is fetched at the first request to an origin, allows an address.
    fn is_allowed(&mut self, url: &Url) -> Result<bool, Fault> {
        let path = discover::path_and_query(url);
        if let Some(robots) = self.robots.get(&origin(url)) {
            return Ok(robots.allows(&path));
        }
        let robots = robots_file::fetch(url, |url, cookies| self.get(url, cookies))?;
        let is_allowed = robots.allows(&path);
        self.robots.insert(origin(url), robots);
        Ok(is_allowed)
    }

    /// Requests an address once the delay is over.
    fn get(&mut self, url: &Url, cookies: &CookieJar) -> Result<Response, Fault> {
        if let Some(not_before) = self.not_before {
            std::thread::sleep(not_before.saturating_duration_since(Instant::now()));
        }
        let asked = self.robots.get(&origin(url)).and_then(Robots::delay).unwrap_or_default();
        self.not_before = Some(Instant::now() + self.delay.max(asked.min(LONGEST_DELAY)));
        self.client.get(url, &[], cookies)
    }
}

fn page(url: Url, response: Response) -> PreviewedPage {
    let header = |name: &str| response.header(name).map(str::to_owned);
    let (content_type, content_coding) = (header("content-type"), response.joined("content-encoding"));
    let links = links::of_response(&response, &url);
    PreviewedPage { url, content_type, content_coding, body: response.body, links }
}
