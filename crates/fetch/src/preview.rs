//! Looks at single pages without keeping them: guarded, asked with the host's leave and at its pace, like any other visit.

use crate::Error;
use crate::Fault;
use crate::client::{Answer, Client};
use crate::links::{self, Link};
use crate::queue::origin;
use crate::{Plan, Robots, Setup, TOKEN, discover};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use url::Url;

/// A page that was looked at.
pub struct Looked {
    /// Where it was found in the end.
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

/// Somebody who looks at pages.
pub struct Look<'a> {
    setup: &'a Setup,
    delay: Duration,
    client: Client<'a>,
    robots: BTreeMap<String, Robots>,
    next: Option<Instant>,
}

impl<'a> Look<'a> {
    /// # Errors
    /// When the proxy can't be used.
    pub fn new(setup: &'a Setup, plan: &'a Plan) -> Result<Self, Error> {
        let client = Client::new(setup, plan).map_err(|problem| Error::Fetch { url: plan.id.clone(), problem })?;
        Ok(Self { setup, delay: plan.delay, client, robots: BTreeMap::new(), next: None })
    }

    /// The page at an address, redirects followed.
    ///
    /// # Errors
    /// [`Error::Fetch`]: a fault, a refusal of robots.txt or of the guard, or a status other than 200.
    pub fn page(&mut self, address: &Url) -> Result<Looked, Error> {
        let fault = |url: &Url, problem: Fault| Error::Fetch { url: url.to_string(), problem };
        let mut url = address.clone();
        for _ in 0..=self.setup.limits.redirects {
            if !self.is_allowed(&url).map_err(|problem| fault(&url, problem))? {
                return Err(fault(&url, Fault::Robots));
            }
            let answer = self.ask(&url).map_err(|problem| fault(&url, problem))?;
            match answer.redirect(&url) {
                Some(target) => url = target,
                None if answer.status == 200 => return Ok(looked(url, answer)),
                None => return Err(fault(&url, Fault::Status { status: answer.status })),
            }
        }
        Err(fault(address, Fault::Redirects { limit: self.setup.limits.redirects }))
    }

    /// The sitemaps that the robots.txt of an address's host names, where it was asked.
    pub fn sitemaps(&self, url: &Url) -> &[String] {
        self.robots.get(&origin(url)).map(Robots::sitemaps).unwrap_or_default()
    }

    fn is_allowed(&mut self, url: &Url) -> Result<bool, Fault> {
        let path = discover::path_and_query(url);
        if let Some(robots) = self.robots.get(&origin(url)) {
            return Ok(robots.allows(&path));
        }
        let asked = url.join("/robots.txt").map_err(|e| Fault::Forbidden { reason: e.to_string() })?;
        let answer = self.ask(&asked)?;
        let robots = match answer.status {
            200..=299 => Robots::parse(&answer.body, TOKEN),
            status @ (429 | 500..) => return Err(Fault::Status { status }),
            _ => Robots::open(),
        };
        let is_allowed = robots.allows(&path);
        self.robots.insert(origin(url), robots);
        Ok(is_allowed)
    }

    fn ask(&mut self, url: &Url) -> Result<Answer, Fault> {
        if let Some(next) = self.next {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        let asked_for = self.robots.get(&origin(url)).and_then(Robots::delay).unwrap_or_default();
        self.next = Some(Instant::now() + self.delay.max(asked_for.min(Duration::from_mins(1))));
        self.client.ask(url, &[])
    }
}

fn looked(url: Url, answer: Answer) -> Looked {
    let header = |name: &str| answer.header(name).map(str::to_owned);
    let (content_type, content_coding) = (header("content-type"), header("content-encoding"));
    let links = links::of_answer(&answer, &url);
    Looked { url, content_type, content_coding, body: answer.body, links }
}
