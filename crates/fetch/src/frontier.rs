//! The crawl frontier: which addresses are queued at the start of a run and after each response.

use crate::Fault;
use crate::client::Response;
use crate::crawl::Crawl;
use crate::discover::{self, Outlink, OutlinkKind, Role};
use crate::journal::{JournalEntry, Outlinks};
use crate::named_by::NamedBy;
use crate::queue::{Queue, RobotsPolicy, Task, host_key, seen_key};
use crate::warc_store::Visit;
use crate::{Error, FetchOutcome, Fetched, FetchedKind, Plan, links, pagination, refresh, trap};
use sanad_document::Place;
use sanad_document::secrets::masked;
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
                (pagination::numbered_page(text, 0).unwrap_or(text.clone()), Role::Listing { listing, page: 0 })
            });
            for (text, role) in pages.chain(sitemaps).chain(feeds).chain(listings) {
                match Url::parse(&text) {
                    Ok(url) => self.enqueue(&mut queue, Task::new(number, url, role)),
                    Err(error) => {
                        let fault = Fault::Forbidden { reason: format!("not an address: {error}") };
                        queue.outcomes.push(FetchOutcome {
                            source: plan.id.clone(),
                            url: masked(&text).into_owned(),
                            via: Vec::new(),
                            named_by: NamedBy::Configuration,
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
        let named = found.len();
        found.retain(|outlink| !trap::is_made_up(&outlink.url));
        if found.len() < named && queue.traps.insert(task.plan) {
            let (source, page) = (&plan.id, &*masked(task.url.as_str()));
            tracing::warn!(source, page, "links repeat parts of their own address without end; these are not followed");
        }
        let mut next = self.tasks(task, found);
        let target = outlinks.redirect.as_deref().and_then(|u| Url::parse(u).ok());
        next.extend(target.and_then(|target| self.redirected(queue, task, target, cookies)));
        next
    }

    /// The task for the target of a redirect. It is subject to its own host's robots.txt, delay and address check.
    /// Reports a fault and returns none after too many redirects, or for a request that the redirects before it have
    /// made with the same cookies.
    pub(super) fn redirected<'c>(
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

    /// The tasks for the outlinks that the plan wants.
    pub(super) fn tasks(&self, task: &Task, outlinks: Vec<Outlink>) -> Vec<Task> {
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
        let named_by = task.as_source();
        let to_task = |Outlink { url, kind }| {
            let (role, depth) = match kind {
                OutlinkKind::Page if is_from_page => (Role::Page, task.depth + 1),
                OutlinkKind::Page => (Role::Page, 0),
                OutlinkKind::Version => (Role::Page, task.depth),
                OutlinkKind::Sitemap => (Role::Sitemap, 0),
            };
            Task { depth, named_by: named_by.clone(), ..Task::new(task.plan, url, role) }
        };
        wanted.map(to_task).collect()
    }

    /// Queues a task unless its address was queued before, the plan's limit is reached, its document was taken down, or
    /// this run finished it before it was stopped. In the last case what it led to is queued in its place.
    pub(super) fn enqueue(&self, queue: &mut Queue, task: Task) {
        let mut pending = VecDeque::from([task]);
        while let Some(mut task) = pending.pop_front() {
            task.url.set_fragment(None);
            let Some(plan) = self.plans.get(task.plan).filter(|plan| admit(queue, plan, &task)) else { continue };
            if task.role == Role::Page {
                queue.progress.known += u64::from(task.via.is_empty());
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
        let Some(line) = self.done_before.get(&(plan.id.clone(), masked(task.url.as_str()).into_owned())) else {
            return Ok(None);
        };
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

/// What a page leads to, as far as the plan asks for it.
fn outlinks(plan: &Plan, task: &Task, response: &Response) -> Outlinks {
    let discovery = &plan.discovery;
    let is_followed = !discovery.follow.is_empty() && task.depth < discovery.depth;
    let target = refresh::destination(response, &task.url);
    let has_cookies = target.is_some() && response.values("set-cookie").next().is_some();
    let redirect = target.map(String::from);
    if !(is_followed || discovery.translations) {
        return Outlinks { redirect, has_cookies, ..Outlinks::default() };
    }
    let found = discover::in_page(plan, &links::of_response(response, &task.url), &task.url);
    let of_kind = |kind: OutlinkKind| found.iter().filter(|l| l.kind == kind).map(|l| l.url.to_string()).collect();
    Outlinks { pages: of_kind(OutlinkKind::Page), versions: of_kind(OutlinkKind::Version), redirect, has_cookies }
}

/// Returns true if a task's address is new and within the plan's limit, and counts it. The target of a redirect may
/// exceed the limit: the address that led to it was within it.
fn admit(queue: &mut Queue, plan: &Plan, task: &Task) -> bool {
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
