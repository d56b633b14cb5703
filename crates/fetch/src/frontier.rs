//! The crawl frontier: which addresses are queued at the start of a run and after each response.

use crate::Fault;
use crate::client::Response;
use crate::crawl::Crawl;
use crate::discover::{self, Outlink, OutlinkKind, Role};
use crate::journal::{JournalEntry, Outlinks};
use crate::lists::{self, AddressList};
use crate::pagination::Template;
use crate::queue::{Queue, RobotsPolicy, Task, host_key, origin, seen_key};
use crate::warc_store::Visit;
use crate::{Error, FetchOutcome, Fetched, FetchedKind, Plan, links, refresh, trap};
use sanad_document::{Page, Place};
use std::collections::VecDeque;
use std::time::Instant;
use url::Url;

/// The limit on sitemaps, feeds and pages of listings of one source. Even an index of sitemap indexes stays below.
const MOST_LISTS: usize = 2_000;

impl Crawl<'_> {
    /// Queues the start addresses, sitemaps, feeds and listings of all plans.
    pub(super) fn seed(&self) {
        let mut queue = self.queue();
        for (number, plan) in self.plans.iter().enumerate() {
            let discovery = &plan.discovery;
            let pages = plan.start.iter().map(|url| (url.clone(), Role::Page));
            let sitemaps = discovery.sitemaps.iter().map(|url| (url.clone(), Role::Sitemap));
            let feeds = discovery.feeds.iter().map(|url| (url.clone(), Role::Feed));
            let listings = discovery.listings.iter().enumerate().map(|(listing, text)| {
                (numbered_page(text, 0).unwrap_or(text.clone()), Role::Listing { listing, page: 0 })
            });
            for (text, role) in pages.chain(sitemaps).chain(feeds).chain(listings) {
                match Url::parse(&text) {
                    Ok(url) => self.enqueue(&mut queue, Task::new(number, url, role)),
                    Err(error) => {
                        let fault = Fault::Forbidden { reason: format!("not an address: {error}") };
                        queue.outcomes.push(FetchOutcome {
                            source: plan.id.clone(),
                            url: text,
                            via: Vec::new(),
                            tries: 0,
                            result: Err(fault),
                        });
                    }
                }
            }
        }
    }

    /// Processes the final result of a task: captures a page, reads a sitemap, feed or listing, and queues what it
    /// leads to.
    pub(super) fn process(&self, task: &Task, policy: &RobotsPolicy, result: Result<Response, Fault>) {
        self.queue_robots_sitemaps(task, policy);
        match result {
            Err(fault) => self.report(&mut self.queue(), task, Err(fault)),
            Ok(response) => match task.role {
                Role::Page => self.capture(task, &response),
                Role::Sitemap | Role::Feed | Role::Listing { .. } => self.read_list(task, &response),
            },
        }
    }

    /// Captures a page and queues what it leads to.
    fn capture(&self, task: &Task, response: &Response) {
        let Some(plan) = self.plans.get(task.plan) else { return };
        let url = task.url.as_str();
        let outlinks = match response.status {
            // The page is unchanged, and so is what it leads to.
            304 => self.store().journal.outlinks(url),
            _ => Ok(outlinks(plan, task, response)),
        };
        let captured = outlinks.and_then(|outlinks| {
            let via = task.via.last().map(String::as_str);
            let ignores_earlier = plan.brings_back(&task.url);
            let visit = Visit { source: &plan.id, url, via, response, outlinks: outlinks.clone(), ignores_earlier };
            self.store().capture(visit).map(|fetched| (fetched, outlinks))
        });
        let mut queue = self.queue();
        let (fetched, outlinks) = match captured {
            Ok(captured) => captured,
            Err(error) => {
                queue.fatal.get_or_insert(error);
                return;
            }
        };
        // A redirect that doesn't say where the page is leads nowhere.
        let is_fault = response.status >= 400 || (response.is_redirect() && outlinks.redirect.is_none());
        let result = if is_fault { Err(Fault::Status { status: fetched.status }) } else { Ok(fetched) };
        self.report(&mut queue, task, result);
        if !is_fault && outlinks.redirect.is_none() {
            queue.pages_seen.insert(seen_key(task.plan, &task.url));
        }
        for next in self.successors(&mut queue, task, &outlinks, response.values("set-cookie")) {
            self.enqueue(&mut queue, next);
        }
    }

    /// The tasks that follow from a page's outlinks. `cookies` are the values of its `Set-Cookie` fields.
    fn successors<'c>(
        &self,
        queue: &mut Queue,
        task: &Task,
        outlinks: &Outlinks,
        cookies: impl Iterator<Item = &'c str>,
    ) -> Vec<Task> {
        let Some(plan) = self.plans.get(task.plan) else { return Vec::new() };
        let of_kind = |list: &[String], kind: OutlinkKind| -> Vec<Outlink> {
            list.iter().filter_map(|u| Url::parse(u).ok()).map(|url| Outlink { url, kind }).collect()
        };
        let mut found = of_kind(&outlinks.versions, OutlinkKind::Version);
        if task.depth < plan.discovery.depth {
            found.extend(of_kind(&outlinks.pages, OutlinkKind::Page));
        }
        let mut next = self.tasks(task, found);
        let target = outlinks.redirect.as_deref().and_then(|u| Url::parse(u).ok());
        next.extend(target.and_then(|target| self.redirected(queue, task, target, cookies)));
        next
    }

    /// The task for the target of a redirect. It is subject to its own host's robots.txt, delay and address check.
    /// Reports a fault and returns none after too many redirects, or for a request that the redirects before it have
    /// made with the same cookies.
    fn redirected<'c>(
        &self,
        queue: &mut Queue,
        task: &Task,
        mut target: Url,
        set_cookies: impl Iterator<Item = &'c str>,
    ) -> Option<Task> {
        target.set_fragment(None);
        let (mut via, mut cookies) = (task.via.clone(), task.cookies.clone());
        via.push(task.url.to_string());
        cookies.take(set_cookies, &task.url);
        let is_loop = cookies.has_requested(&target);
        let next = Task { url: target, via, cookies, tries: 0, due: Instant::now(), ..task.clone() };
        let limit = self.setup.limits.redirects;
        if is_loop || next.via.len() > limit as usize {
            self.report(queue, &next, Err(Fault::Redirects { limit }));
            return None;
        }
        Some(next)
    }

    /// Reads a sitemap, a feed or a page of a listing and queues what it leads to. It isn't captured.
    fn read_list(&self, task: &Task, response: &Response) {
        let Some(plan) = self.plans.get(task.plan) else { return };
        if let Some(target) = target(response, task) {
            let mut queue = self.queue();
            if let Some(next) = self.redirected(&mut queue, task, target, response.values("set-cookie")) {
                self.enqueue(&mut queue, next);
            }
            return;
        }
        // A listing whose address is counted up ends where no further page exists.
        let is_beyond_end =
            matches!(task.role, Role::Listing { page: 1.., .. }) && matches!(response.status, 404 | 410);
        let (mut list, link_to_next) = match response.status {
            200 | 203 => read_list(plan, task, response),
            _ if is_beyond_end => (AddressList::default(), None),
            status => (AddressList::unreadable(Fault::Status { status }), None),
        };
        let mut queue = self.queue();
        let next = self.next_page(&mut queue, task, &list.outlinks, link_to_next);
        let named = list.outlinks.len();
        let is_of_source = list.outlinks.iter().any(|outlink| plan.owns(&outlink.url));
        let found = self.tasks(task, std::mem::take(&mut list.outlinks));
        let reason = match task.role {
            Role::Listing { page: 0, .. } if found.is_empty() => "no link on it is one that `follow` allows".to_owned(),
            Role::Sitemap | Role::Feed if !is_of_source => {
                format!("it names {named} addresses, but none on the source's `hosts`")
            }
            _ => String::new(),
        };
        if list.faults.is_empty() && !reason.is_empty() {
            list.faults.push(Fault::ListEmpty { reason });
        }
        for fault in list.faults {
            self.report(&mut queue, task, Err(fault));
        }
        for task in found.into_iter().chain(next) {
            self.enqueue(&mut queue, task);
        }
    }

    /// The task for a listing's next page, as long as it may lead to anything new.
    ///
    /// The walk ends behind a page whose links this run has all seen. It also ends behind a page whose links earlier
    /// runs have all captured, unless it is time for a walk of the whole listing.
    fn next_page(
        &self,
        queue: &mut Queue,
        task: &Task,
        outlinks: &[Outlink],
        link_to_next: Option<Url>,
    ) -> Option<Task> {
        let Role::Listing { listing: number, page } = task.role else { return None };
        let plan = self.plans.get(task.plan)?;
        let listing = plan.discovery.listings.get(number)?;
        let mut unseen = outlinks.iter().filter(|l| !queue.has_seen(task.plan, &l.url)).peekable();
        let store = self.store();
        let since = store.journal.walks.get(&(plan.id.clone(), listing.clone())).copied();
        let is_whole = since.is_none_or(|since| since + 1 >= self.setup.full_every);
        let is_new = |outlink: &Outlink| {
            let url = outlink.url.to_string();
            !store.journal.visits.contains_key(&url) || self.done_before.contains_key(&(plan.id.clone(), url))
        };
        let has_room = queue.pages.get(&task.plan).is_none_or(|pages| *pages < plan.discovery.limit());
        let goes_on = has_room && if is_whole { unseen.peek().is_some() } else { unseen.any(is_new) };
        let url = match numbered_page(listing, page + 1) {
            Some(address) => Url::parse(&address).ok(),
            None => link_to_next,
        };
        let has_next = url.is_some();
        let limit = plan.discovery.listing_pages();
        let next = url.filter(|_| goes_on && page + 1 < limit);
        // A limit that the source itself sets is meant.
        if goes_on && has_next && next.is_none() && plan.discovery.listing_pages == 0 {
            let what =
                format!("its first {limit} pages were read, and it has more; raise `listing_pages` of the source");
            self.report(queue, task, Err(Fault::ListLimit { what }));
        }
        if next.is_none() {
            let since = if is_whole { 0 } else { since.map_or(0, |since| since + 1) };
            queue.walks.insert((plan.id.clone(), listing.clone()), since);
        }
        next.map(|url| Task::new(task.plan, url, Role::Listing { listing: number, page: page + 1 }))
    }

    /// Queues the sitemaps that an origin's robots.txt names, once per plan, if the plan wants them.
    fn queue_robots_sitemaps(&self, task: &Task, policy: &RobotsPolicy) {
        let plan = self.plans.get(task.plan).filter(|p| p.discovery.robots_sitemaps);
        let (Some(plan), Some(robots)) = (plan, policy.robots()) else { return };
        let mut queue = self.queue();
        if queue.sitemaps_queued.insert((task.plan, origin(&task.url))) {
            for url in robots.sitemap_urls(&task.url).into_iter().filter(|url| plan.owns(url)) {
                self.enqueue(&mut queue, Task::new(task.plan, url, Role::Sitemap));
            }
        }
    }

    /// The tasks for the outlinks that the plan wants.
    fn tasks(&self, task: &Task, outlinks: Vec<Outlink>) -> Vec<Task> {
        let Some(plan) = self.plans.get(task.plan) else { return Vec::new() };
        let is_from_page = task.role == Role::Page;
        let wanted = outlinks.into_iter().filter(|outlink| {
            plan.owns(&outlink.url)
                && match outlink.kind {
                    OutlinkKind::Sitemap => true,
                    OutlinkKind::Page => discover::is_wanted(&plan.discovery, &outlink.url),
                    OutlinkKind::Version => !discover::is_denied(&plan.discovery, &outlink.url),
                }
        });
        let to_task = |Outlink { url, kind }| {
            let (role, depth) = match kind {
                OutlinkKind::Page if is_from_page => (Role::Page, task.depth + 1),
                OutlinkKind::Page => (Role::Page, 0),
                OutlinkKind::Version => (Role::Page, task.depth),
                OutlinkKind::Sitemap => (Role::Sitemap, 0),
            };
            Task { depth, ..Task::new(task.plan, url, role) }
        };
        wanted.map(to_task).collect()
    }

    /// Queues a task unless its address was queued before, the plan's limit is reached, its document was taken down, or
    /// this run finished it before it was stopped. In the last case what it led to is queued in its place.
    fn enqueue(&self, queue: &mut Queue, task: Task) {
        let mut pending = VecDeque::from([task]);
        while let Some(mut task) = pending.pop_front() {
            task.url.set_fragment(None);
            let Some(plan) = self.plans.get(task.plan).filter(|plan| admit(queue, plan, &task)) else { continue };
            if task.role == Role::Page {
                if self.setup.is_taken_down(plan, &task.url) {
                    self.report(queue, &task, Err(Fault::TakenDown));
                    continue;
                }
                match self.entry_before(plan, &task) {
                    Ok(Some(entry)) => {
                        pending.extend(self.resume(queue, &task, entry));
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => {
                        queue.fatal.get_or_insert(error);
                        continue;
                    }
                }
            }
            queue.hosts.entry(host_key(&task.url)).or_default().tasks.push_back(task);
        }
        self.wake();
    }

    /// What the journal says of a task that this run finished before it was stopped.
    fn entry_before(&self, plan: &Plan, task: &Task) -> Result<Option<JournalEntry>, Error> {
        let Some(line) = self.done_before.get(&(plan.id.clone(), task.url.to_string())) else { return Ok(None) };
        let entry = self.store().journal.entry(*line)?;
        Ok(Some(entry).filter(|entry| !entry.outlinks.has_cookies))
    }

    /// Reports a task that this run finished before it was stopped, and returns the tasks that follow from it.
    fn resume(&self, queue: &mut Queue, task: &Task, entry: JournalEntry) -> Vec<Task> {
        let visit = entry.visit;
        let (file, offset) = visit.place;
        let place = Place { file, offset, record_id: visit.facts.record_id.clone() };
        let status = visit.facts.status;
        let is_redirect = entry.outlinks.redirect.is_some() && status != 200;
        let kind = if is_redirect { FetchedKind::Redirect } else { FetchedKind::Already };
        let fetched = Fetched { kind, status, place, facts: visit.facts };
        let result = if status >= 400 { Err(Fault::Status { status }) } else { Ok(fetched) };
        self.report(queue, task, result);
        self.successors(queue, task, &entry.outlinks, std::iter::empty())
    }
}

/// Where a response sends its reader: the target of a redirect, or of a refresh.
fn target(response: &Response, task: &Task) -> Option<Url> {
    response.redirect(&task.url).or_else(|| refresh::target(response, &task.url))
}

/// What a page leads to, as far as the plan asks for it.
fn outlinks(plan: &Plan, task: &Task, response: &Response) -> Outlinks {
    let discovery = &plan.discovery;
    let is_followed = !discovery.follow.is_empty() && task.depth < discovery.depth;
    let target = target(response, task);
    let has_cookies = target.is_some() && response.values("set-cookie").next().is_some();
    let redirect = target.map(String::from);
    if !(is_followed || discovery.translations) {
        return Outlinks { redirect, has_cookies, ..Outlinks::default() };
    }
    let found = discover::in_page(plan, &links::of_response(response, &task.url), &task.url);
    let of_kind = |kind: OutlinkKind| found.iter().filter(|l| l.kind == kind).map(|l| l.url.to_string()).collect();
    Outlinks { pages: of_kind(OutlinkKind::Page), versions: of_kind(OutlinkKind::Version), redirect, has_cookies }
}

/// The addresses in a sitemap, a feed or a page of a listing; and the address of a listing's next page.
fn read_list(plan: &Plan, task: &Task, response: &Response) -> (AddressList, Option<Url>) {
    if matches!(task.role, Role::Listing { .. }) {
        let (outlinks, next) = discover::in_listing(plan, &links::of_response(response, &task.url), &task.url);
        return (AddressList::of(outlinks), next);
    }
    let coding = response.joined("content-encoding");
    let page = Page {
        url: Some(task.url.as_str()),
        content_type: response.header("content-type"),
        content_coding: coding.as_deref(),
        ..Page::default()
    };
    let mut list = lists::read(&response.body, &page, &task.url);
    list.outlinks.retain(|outlink| outlink.kind != OutlinkKind::Version || plan.discovery.translations);
    (list, None)
}

/// Returns true if a task's address is new and within the plan's limit, and counts it. The target of a redirect may
/// exceed the limit: the address that led to it was within it.
fn admit(queue: &mut Queue, plan: &Plan, task: &Task) -> bool {
    if task.depth > 0 && trap::is_made_up(&task.url) {
        if queue.traps.insert(task.plan) {
            let url = task.url.as_str();
            tracing::warn!(
                source = plan.id,
                url,
                "links of the site repeat parts of their own address; these are left out"
            );
        }
        return false;
    }
    if !queue.seen.insert(seen_key(task.plan, &task.url)) {
        return is_next_step(queue, task);
    }
    let is_page = task.role == Role::Page;
    let (counts, limit) =
        if is_page { (&mut queue.pages, plan.discovery.limit()) } else { (&mut queue.lists, MOST_LISTS) };
    let count = counts.entry(task.plan).or_default();
    *count += 1;
    let is_within = *count <= limit || !task.via.is_empty();
    if *count == limit + 1 {
        tracing::warn!(source = plan.id, limit, "the source's limit is reached; further addresses are left out");
        // A limit that the source itself sets is meant.
        if task.depth == 0 && (!is_page || plan.discovery.pages == 0) {
            let what = format!("this is one of more than {limit} addresses in the source's lists; they were left out");
            queue.report(&plan.id, task, Err(Fault::ListLimit { what }));
        }
    }
    is_within
}

/// Returns true if a redirect leads to an address that was queued before, and must be followed all the same: back to the
/// same page, under a session id or with a cookie; or, with cookies, to an address that isn't known to do without.
fn is_next_step(queue: &Queue, task: &Task) -> bool {
    let key = seen_key(task.plan, &task.url);
    let is_of_chain =
        task.via.iter().filter_map(|url| Url::parse(url).ok()).any(|url| seen_key(task.plan, &url) == key);
    let needs_cookies = !(task.cookies.is_empty() || queue.pages_seen.contains(&key));
    is_of_chain || (!task.via.is_empty() && needs_cookies)
}

/// The address of a page (from 0) of a listing whose address is counted up. Returns none for any other listing.
fn numbered_page(listing: &str, page: u32) -> Option<String> {
    Template::parse(listing).ok().flatten().map(|template| template.address(page))
}
