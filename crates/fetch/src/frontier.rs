//! What follows from an answer: what is kept of it, and which further addresses are queued.

use crate::Fault;
use crate::client::Answer;
use crate::discover::{self, Lead, LeadKind, Role};
use crate::journal::Found;
use crate::pagination::Template;
use crate::queue::{Policy, Queue, Task, lane_of, origin};
use crate::scheduler::Lanes;
use crate::warc_store::Visit;
use crate::{Fetched, FetchedKind, Plan, links};
use sanad_document::Place;
use std::collections::VecDeque;
use std::time::Instant;
use url::Url;

/// Sitemaps, feeds and pages of listings of one source: an index of indexes stays below.
const MOST_LISTS: usize = 2_000;

impl Lanes<'_> {
    /// Puts the start addresses, sitemaps, feeds and listings in their lanes.
    pub(super) fn begin(&self) {
        let mut queue = self.queue();
        for (number, plan) in self.plans.iter().enumerate() {
            let discovery = &plan.discovery;
            let pages = plan.start.iter().map(|url| (url.clone(), Role::Page));
            let sitemaps = discovery.sitemaps.iter().map(|url| (url.clone(), Role::Sitemap));
            let feeds = discovery.feeds.iter().map(|url| (url.clone(), Role::Feed));
            let listings = discovery.listings.iter().enumerate();
            let listings = listings.map(|(n, text)| (page_of(text, 0).unwrap_or(text.clone()), Role::Listing(n, 0)));
            for (text, role) in pages.chain(sitemaps).chain(feeds).chain(listings) {
                match Url::parse(&text) {
                    Ok(url) => self.add(&mut queue, Task::new(number, url, role)),
                    Err(error) => {
                        let problem = Fault::Forbidden { reason: format!("not an address: {error}") };
                        queue.outcomes.push(crate::Outcome {
                            source: plan.id.clone(),
                            url: text,
                            via: Vec::new(),
                            tries: 0,
                            result: Err(problem),
                        });
                    }
                }
            }
        }
    }

    /// Writes an answer to disk where it is a page, and queues what it names.
    pub(super) fn conclude(&self, task: &Task, policy: &Policy, result: Result<Answer, Fault>) {
        self.queue_sitemaps(task, policy);
        match result {
            Err(fault) => self.report(&mut self.queue(), task, Err(fault)),
            Ok(answer) if task.role == Role::Page => self.keep(task, &answer),
            Ok(answer) => self.list(task, &answer),
        }
    }

    /// A page: captured, then what it leads to is queued.
    fn keep(&self, task: &Task, answer: &Answer) {
        let Some(plan) = self.plans.get(task.plan) else { return };
        let url = task.url.as_str();
        let found = match answer.status {
            // It says that what was found there the last time still stands.
            304 => self.store().journal.found(url),
            _ => Ok(Self::found(plan, task, answer)),
        };
        let kept = found.and_then(|found| {
            let via = task.via.last().map(String::as_str);
            let is_afresh = plan.brings_back(&task.url);
            let visit = Visit { source: &plan.id, url, via, answer, found: found.clone(), is_afresh };
            self.store().keep(visit).map(|fetched| (fetched, found))
        });
        let mut queue = self.queue();
        let (fetched, found) = match kept {
            Ok(kept) => kept,
            Err(error) => {
                queue.fatal.get_or_insert(error);
                return;
            }
        };
        let is_fault = answer.status >= 400;
        let result = if is_fault { Err(Fault::Status { status: fetched.status }) } else { Ok(fetched) };
        self.report(&mut queue, task, result);
        for next in self.successors(&mut queue, task, &found) {
            self.add(&mut queue, next);
        }
    }

    /// What a page leads to.
    fn found(plan: &Plan, task: &Task, answer: &Answer) -> Found {
        let discovery = &plan.discovery;
        let is_followed = !discovery.follow.is_empty() && task.depth < discovery.depth;
        let redirect = answer.redirect(&task.url).map(String::from);
        if !(is_followed || discovery.translations) {
            return Found { redirect, ..Found::default() };
        }
        let leads = discover::in_page(plan, &links::of_answer(answer, &task.url), &task.url);
        let of = |kind: LeadKind| leads.iter().filter(|l| l.kind == kind).map(|l| l.url.to_string()).collect();
        Found { pages: of(LeadKind::Page), versions: of(LeadKind::Version), redirect }
    }

    /// The tasks that follow from what was found at one.
    fn successors(&self, queue: &mut Queue, task: &Task, found: &Found) -> Vec<Task> {
        let Some(plan) = self.plans.get(task.plan) else { return Vec::new() };
        let leads = |list: &[String], kind: LeadKind| -> Vec<Lead> {
            list.iter().filter_map(|u| Url::parse(u).ok()).map(|url| Lead { url, kind }).collect()
        };
        let mut leads_on = leads(&found.versions, LeadKind::Version);
        if task.depth < plan.discovery.depth {
            leads_on.extend(leads(&found.pages, LeadKind::Page));
        }
        let mut next = self.tasks(task, leads_on);
        let target = found.redirect.as_deref().and_then(|u| Url::parse(u).ok());
        next.extend(target.and_then(|target| self.redirected(queue, task, target)));
        next
    }

    /// The target of a redirect, under its own host: with that host's robots.txt, delay and guard.
    fn redirected(&self, queue: &mut Queue, task: &Task, target: Url) -> Option<Task> {
        let mut via = task.via.clone();
        via.push(task.url.to_string());
        let circle = via.iter().any(|u| *u == target.as_str());
        let next = Task { url: target, via, tries: 0, due: Instant::now(), ..task.clone() };
        let limit = self.setup.limits.redirects;
        if circle || next.via.len() > limit as usize {
            self.report(queue, &next, Err(Fault::Redirects { limit }));
            return None;
        }
        Some(next)
    }

    /// What names pages without being one: read, and not kept.
    fn list(&self, task: &Task, answer: &Answer) {
        let Some(plan) = self.plans.get(task.plan) else { return };
        let target = answer.redirect(&task.url);
        let is_read = answer.status == 200;
        let (leads, next) = match task.role {
            _ if !is_read => (Vec::new(), None),
            Role::Listing(..) => discover::in_listing(plan, &links::of_answer(answer, &task.url), &task.url),
            _ => (discover::in_machine_list(task.role, answer, &task.url), None),
        };
        let mut queue = self.queue();
        if let Some(target) = target {
            if let Some(next) = self.redirected(&mut queue, task, target) {
                self.add(&mut queue, next);
            }
            return;
        }
        // A listing that is counted up ends where there is no further page.
        let is_end = matches!(task.role, Role::Listing(_, 1..)) && matches!(answer.status, 404 | 410);
        if !(is_read || is_end) {
            self.report(&mut queue, task, Err(Fault::Status { status: answer.status }));
            return;
        }
        let next = self.next_page(&mut queue, task, (&leads, next));
        for found in self.tasks(task, leads).into_iter().chain(next) {
            self.add(&mut queue, found);
        }
    }

    /// The listing's next page, while there is anything new to find there: nothing beyond a page that names only what this
    /// run has seen, and, unless it is time for the whole, nothing beyond one that names only what earlier runs captured.
    fn next_page(&self, queue: &mut Queue, task: &Task, (leads, next): (&[Lead], Option<Url>)) -> Option<Task> {
        let Role::Listing(number, page) = task.role else { return None };
        let plan = self.plans.get(task.plan)?;
        let listing = plan.discovery.listings.get(number)?;
        let mut fresh = leads.iter().filter(|l| !queue.seen.contains(&(task.plan, l.url.to_string()))).peekable();
        let store = self.store();
        let walks = &store.journal.walks;
        let since = walks.get(&(plan.id.clone(), listing.clone())).copied();
        let is_whole = since.is_none_or(|since| since + 1 >= self.setup.full_every);
        let is_unknown = |lead: &Lead| {
            let url = lead.url.to_string();
            !store.journal.known.contains_key(&url) || self.done.contains_key(&(plan.id.clone(), url))
        };
        let has_room = queue.pages.get(&task.plan).is_none_or(|pages| *pages < plan.discovery.limit());
        let goes_on = has_room && if is_whole { fresh.peek().is_some() } else { fresh.any(is_unknown) };
        let url = match page_of(listing, page + 1) {
            Some(address) => Url::parse(&address).ok(),
            None => next,
        };
        let next = url.filter(|_| goes_on && page + 1 < plan.discovery.listing_pages());
        if next.is_none() {
            let since = if is_whole { 0 } else { since.map_or(0, |since| since + 1) };
            queue.walks.insert((plan.id.clone(), listing.clone()), since);
        }
        next.map(|url| Task::new(task.plan, url, Role::Listing(number, page + 1)))
    }

    /// Queues the sitemaps that a host's robots.txt names, for sources that want them.
    fn queue_sitemaps(&self, task: &Task, policy: &Policy) {
        let plan = self.plans.get(task.plan).filter(|p| p.discovery.robots_sitemaps);
        let (Some(plan), Some(robots)) = (plan, policy.robots()) else { return };
        let mut queue = self.queue();
        if queue.mapped.insert((task.plan, origin(&task.url))) {
            let sitemaps = robots.sitemaps().iter().filter_map(|s| Url::parse(s).ok()).filter(|url| plan.owns(url));
            for url in sitemaps {
                self.add(&mut queue, Task::new(task.plan, url, Role::Sitemap));
            }
        }
    }

    /// Leads as tasks, as far as the source wants them.
    fn tasks(&self, task: &Task, leads: Vec<Lead>) -> Vec<Task> {
        let Some(plan) = self.plans.get(task.plan) else { return Vec::new() };
        let is_page = task.role == Role::Page;
        let wanted = leads.into_iter().filter(|lead| {
            plan.owns(&lead.url)
                && match lead.kind {
                    LeadKind::Sitemap => true,
                    LeadKind::Page => discover::is_wanted(&plan.discovery, &lead.url),
                    LeadKind::Version => !discover::is_denied(&plan.discovery, &lead.url),
                }
        });
        let of_lead = |Lead { url, kind }| {
            let role = if kind == LeadKind::Sitemap { Role::Sitemap } else { Role::Page };
            let depth = match kind {
                LeadKind::Page if is_page => task.depth + 1,
                LeadKind::Version => task.depth,
                _ => 0,
            };
            Task { depth, ..Task::new(task.plan, url, role) }
        };
        wanted.map(of_lead).collect()
    }

    /// Puts a task in its host's lane, unless it was there before, was done before the run was stopped, is one too many, or its
    /// document was taken down.
    fn add(&self, queue: &mut Queue, task: Task) {
        let mut all = VecDeque::from([task]);
        while let Some(mut task) = all.pop_front() {
            task.url.set_fragment(None);
            let Some(plan) = self.plans.get(task.plan).filter(|plan| admit(queue, plan, &task)) else { continue };
            if task.role == Role::Page {
                if self.setup.is_taken_down(plan, &task.url) {
                    self.report(queue, &task, Err(Fault::TakenDown));
                    continue;
                }
                if let Some(line) = self.done.get(&(plan.id.clone(), task.url.to_string())) {
                    let entry = self.store().journal.entry(*line);
                    match entry {
                        Ok(entry) => all.extend(self.go_on(queue, &task, entry)),
                        Err(error) => drop(queue.fatal.get_or_insert(error)),
                    }
                    continue;
                }
            }
            queue.lanes.entry(lane_of(&task.url)).or_default().tasks.push_back(task);
        }
        self.wake();
    }

    /// What was done before a stop: reported as it was; gives what it led to.
    fn go_on(&self, queue: &mut Queue, task: &Task, entry: crate::journal::Entry) -> Vec<Task> {
        let known = entry.known;
        let (file, offset) = known.place;
        let place = Place { file, offset, record_id: known.facts.record_id.clone() };
        let kind = if entry.found.redirect.is_some() { FetchedKind::Redirect } else { FetchedKind::Already };
        let status = known.facts.status;
        let fetched = Fetched { kind, status, place, facts: known.facts };
        let result = if status >= 400 { Err(Fault::Status { status }) } else { Ok(fetched) };
        self.report(queue, task, result);
        self.successors(queue, task, &entry.found)
    }

    pub(super) fn report(&self, queue: &mut Queue, task: &Task, result: Result<Fetched, Fault>) {
        if let Some(plan) = self.plans.get(task.plan) {
            queue.report(&plan.id, task, result);
        }
    }
}

/// Whether a task is new and not one too many.
fn admit(queue: &mut Queue, plan: &Plan, task: &Task) -> bool {
    if !queue.seen.insert((task.plan, task.url.to_string())) {
        return false;
    }
    let (counts, most) = match task.role {
        Role::Page => (&mut queue.pages, plan.discovery.limit()),
        _ => (&mut queue.lists, MOST_LISTS),
    };
    let count = counts.entry(task.plan).or_default();
    *count += 1;
    if *count == most + 1 {
        tracing::warn!(source = plan.id, most, "more is found than the source's limit lets in; the rest is left out");
    }
    *count <= most || !task.via.is_empty()
}

/// The address of a page of a listing whose address is counted up; none when it isn't.
fn page_of(listing: &str, page: u32) -> Option<String> {
    Template::parse(listing).ok().flatten().map(|template| template.address(page))
}
