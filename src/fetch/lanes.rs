//! The queues: one lane a host, and threads that take whichever lane is due.

use super::client::{self, Answer};
use super::discover::{self, Lead, Role};
use super::guard::Guard;
use super::journal::Known;
use super::robots::Robots;
use super::store::{Store, Visit};
use super::{Fetched, FetchedKind, Outcome, Plan, Report, Setup, TOKEN};
use crate::error::{Error, FetchFault};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// A `Crawl-delay` beyond this is taken for this: some files ask for hours.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// Redirects of robots.txt that are followed (RFC 9309, 2.3.1.2).
const ROBOTS_REDIRECTS: usize = 5;

/// Sitemaps of one source: an index of indexes stays below.
const MOST_SITEMAPS: usize = 1_000;

/// An address to ask.
#[derive(Debug, Clone)]
struct Task {
    plan: usize,
    url: Url,
    via: Vec<String>,
    /// Links away from a start address.
    depth: u32,
    role: Role,
    tries: u32,
    due: Instant,
}

/// A task after it was asked.
struct Asked {
    task: Task,
    /// What its host's robots.txt says, where it could be had.
    robots: Option<Arc<Robots>>,
    result: Result<Answer, FetchFault>,
}

/// A host's queue.
#[derive(Debug, Default)]
struct Lane {
    tasks: VecDeque<Task>,
    /// Tasks that wait for another try.
    later: Vec<Task>,
    busy: bool,
    /// When the host may be asked again.
    next: Option<Instant>,
    /// By scheme, host and port.
    robots: BTreeMap<String, Arc<Robots>>,
    /// Faults in a row.
    faults: u32,
}

/// What all threads share.
struct Shared {
    lanes: BTreeMap<String, Lane>,
    seen: BTreeSet<(usize, String)>,
    pages: BTreeMap<usize, usize>,
    sitemaps: BTreeMap<usize, usize>,
    outcomes: Vec<Outcome>,
    /// An error that ends the run.
    fatal: Option<Error>,
    store: Store,
}

/// The queues of a run.
pub(super) struct Lanes<'a> {
    plans: &'a [Plan],
    setup: &'a Setup,
    guards: Vec<Guard>,
    shared: Mutex<Shared>,
    changed: Condvar,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(plans: &'a [Plan], setup: &'a Setup, store: Store) -> Self {
        let guards = plans.iter().map(|p| Guard { allowed: p.allow_private.clone() }).collect();
        let shared = Shared {
            lanes: BTreeMap::new(),
            seen: BTreeSet::new(),
            pages: BTreeMap::new(),
            sitemaps: BTreeMap::new(),
            outcomes: Vec::new(),
            fatal: None,
            store,
        };
        let lanes = Self { plans, setup, guards, shared: Mutex::new(shared), changed: Condvar::new() };
        lanes.begin();
        lanes
    }

    /// Puts the start addresses, sitemaps and feeds in their lanes.
    fn begin(&self) {
        let mut shared = self.lock();
        for (number, plan) in self.plans.iter().enumerate() {
            let of = |list: &'a [String], role: Role| list.iter().map(move |url| (url, role));
            let discovery = &plan.discovery;
            let all = of(&plan.start, Role::Page)
                .chain(of(&discovery.sitemaps, Role::Sitemap))
                .chain(of(&discovery.feeds, Role::Feed));
            for (text, role) in all {
                match Url::parse(text) {
                    Ok(url) => self.add(&mut shared, new_task(number, url, role)),
                    Err(error) => {
                        let problem = FetchFault::Forbidden { reason: format!("not an address: {error}") };
                        shared.outcomes.push(Outcome {
                            source: plan.id.clone(),
                            url: text.clone(),
                            via: Vec::new(),
                            tries: 0,
                            result: Err(problem),
                        });
                    }
                }
            }
        }
    }

    /// Fetches until nothing is left.
    pub(super) fn run(self) -> Result<Report, Error> {
        let lanes = self.lock().lanes.len();
        let open = self.plans.iter().any(|p| p.discovery.is_open()) || lanes > self.setup.parallel;
        let threads = if open { self.setup.parallel } else { lanes };
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| self.work());
            }
        });
        let shared = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = shared.fatal {
            return Err(error);
        }
        let mut outcomes = shared.outcomes;
        outcomes.sort_by(|a, b| (&a.source, &a.url).cmp(&(&b.source, &b.url)));
        Ok(Report { outcomes, files: shared.store.files })
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's work.
    fn work(&self) {
        while let Some((host, task, robots)) = self.take() {
            let robots = match robots {
                Some(known) => Ok(known),
                None => {
                    self.guarded(&task).and_then(|guard| self.robots(guard, &task)).map(Arc::new).inspect(|robots| {
                        // robots.txt was a request too.
                        std::thread::sleep(self.delay(task.plan, Some(robots)));
                    })
                }
            };
            let result = match &robots {
                Ok(robots) if robots.allows(&discover::path_and_query(&task.url)) => self.ask(&task),
                Ok(_) => Err(FetchFault::Robots),
                Err(fault) => Err(fault.clone()),
            };
            self.settle(&host, Asked { task, robots: robots.ok(), result });
        }
    }

    /// The guard of a task's source, when it lets the address through.
    fn guarded(&self, task: &Task) -> Result<&Guard, FetchFault> {
        let unknown = || FetchFault::Forbidden { reason: "no such source".to_owned() };
        let guard = self.guards.get(task.plan).ok_or_else(unknown)?;
        guard.check(&task.url).map(|()| guard)
    }

    fn delay(&self, plan: usize, robots: Option<&Robots>) -> Duration {
        let own = self.plans.get(plan).map_or(Duration::ZERO, |p| p.delay);
        robots.and_then(Robots::delay).map_or(own, |asked| own.max(asked.min(LONGEST_DELAY)))
    }

    /// The next task that is due, with its host's robots.txt where it is known; waits for one, and gives none at the end.
    fn take(&self) -> Option<(String, Task, Option<Arc<Robots>>)> {
        let mut shared = self.lock();
        loop {
            if shared.fatal.is_some() {
                return None;
            }
            let now = Instant::now();
            let mut soonest: Option<Instant> = None;
            let mut busy = false;
            let mut due = None;
            for (host, lane) in &shared.lanes {
                busy |= lane.busy;
                let Some(at) = lane.ready().filter(|_| !lane.busy) else { continue };
                if at <= now && due.is_none() {
                    due = Some(host.clone());
                }
                soonest = Some(soonest.map_or(at, |s| s.min(at)));
            }
            if let Some(host) = due {
                let lane = shared.lanes.get_mut(&host)?;
                let task = lane.next_task(now)?;
                lane.busy = true;
                let robots = lane.robots.get(&origin(&task.url)).cloned();
                return Some((host, task, robots));
            }
            if soonest.is_none() && !busy {
                self.changed.notify_all();
                return None;
            }
            let wait = soonest.map_or(Duration::from_secs(1), |at| at.saturating_duration_since(now));
            let woken = self.changed.wait_timeout(shared, wait.max(Duration::from_millis(1)));
            shared = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// robots.txt of a task's host. A host that can't be reached gives its fault, which forbids as much and says more.
    fn robots(&self, guard: &Guard, task: &Task) -> Result<Robots, FetchFault> {
        let Ok(mut url) = task.url.join("/robots.txt") else {
            return Ok(Robots::closed());
        };
        for _ in 0..=ROBOTS_REDIRECTS {
            let answer = client::ask(self.setup, guard, &url, &[])?;
            match (answer.status, answer.redirect(&url)) {
                (_, Some(target)) => url = target,
                (200..=299, _) => return Ok(Robots::parse(&answer.body, TOKEN)),
                // "Unavailable": there is none. Server faults are "unreachable": it may forbid everything.
                (400..=499, _) if answer.status != 429 => return Ok(Robots::open()),
                _ => return Ok(Robots::closed()),
            }
        }
        Ok(Robots::open())
    }

    /// Asks for a task's address, unless this run has done so before it was stopped.
    fn ask(&self, task: &Task) -> Result<Answer, FetchFault> {
        let guard = self.guarded(task)?;
        let own = self.plans.get(task.plan).filter(|plan| is_own(plan, &task.url));
        let mut headers = own.map(|plan| plan.headers.clone()).unwrap_or_default();
        if task.role == Role::Page {
            headers.extend(self.lock().store.conditions(task.url.as_str(), self.setup.full_every));
        }
        client::ask(self.setup, guard, &task.url, &headers)
    }

    /// Writes down what came of a task, and queues what follows from it.
    fn settle(&self, host: &str, asked: Asked) {
        let Asked { mut task, robots, result } = asked;
        let mut shared = self.lock();
        let now = Instant::now();
        let delay = self.delay(task.plan, robots.as_deref());
        let wait = match &result {
            Ok(answer) => self.retry_wait(&task, answer),
            Err(fault) => fault.is_transient().then(|| self.backoff(&task)),
        };
        let (mut is_new, mut retried) = (false, false);
        if let Some(lane) = shared.lanes.get_mut(host) {
            lane.busy = false;
            if let Some(robots) = &robots {
                is_new = lane.robots.insert(origin(&task.url), Arc::clone(robots)).is_none();
            }
            lane.next = Some(now + delay);
            lane.faults = if wait.is_some() { lane.faults + 1 } else { 0 };
            let again =
                wait.filter(|_| task.tries < self.setup.limits.retries && lane.faults < self.setup.limits.faults);
            if let Some(wait) = again {
                task.tries += 1;
                task.due = now + wait;
                // A server that asks for time gets it for all its pages.
                if matches!(&result, Ok(answer) if matches!(answer.status, 429 | 503)) {
                    lane.next = Some(now + wait.max(delay));
                }
                lane.later.push(task.clone());
                retried = true;
            }
        }
        if let Some(robots) = robots.filter(|_| is_new) {
            self.queue_sitemaps(&mut shared, task.plan, &robots);
        }
        if retried {
            self.changed.notify_all();
            return;
        }
        match result {
            Ok(answer) => self.keep(&mut shared, &task, &answer),
            Err(fault) => self.report(&mut shared, &task, Err(fault)),
        }
        self.give_up(&mut shared, host);
        self.changed.notify_all();
    }

    /// How long to wait before a server fault is tried again; none when it isn't one or the server asks for too much.
    fn retry_wait(&self, task: &Task, answer: &Answer) -> Option<Duration> {
        if !(FetchFault::Status { status: answer.status }).is_transient() {
            return None;
        }
        match answer.header("retry-after").and_then(retry_after) {
            Some(asked) if asked <= self.setup.limits.longest_wait => Some(asked.max(self.backoff(task))),
            Some(_) => None,
            None => Some(self.backoff(task)),
        }
    }

    /// Doubles with each try; up to a quarter more, by the address, so that hosts behind one fault don't come back together.
    fn backoff(&self, task: &Task) -> Duration {
        let base = self.setup.limits.backoff.saturating_mul(1 << task.tries.min(10));
        let spread = blake3::hash(task.url.as_str().as_bytes()).as_bytes().first().copied().unwrap_or(0);
        (base + base.mul_f64(f64::from(spread) / 1024.0)).min(self.setup.limits.longest_wait)
    }

    /// After too many faults in a row everything left of a host fails.
    fn give_up(&self, shared: &mut Shared, host: &str) {
        let limit = self.setup.limits.faults;
        let Some(lane) = shared.lanes.get_mut(host).filter(|l| l.faults >= limit) else {
            return;
        };
        let left: Vec<Task> = lane.tasks.drain(..).chain(std::mem::take(&mut lane.later)).collect();
        for task in left {
            self.report(shared, &task, Err(FetchFault::HostDown { faults: limit }));
        }
    }

    /// Writes an answer to disk and queues what it names.
    fn keep(&self, shared: &mut Shared, task: &Task, answer: &Answer) {
        let Some(plan) = self.plans.get(task.plan) else {
            return;
        };
        if task.role != Role::Page {
            let leads =
                if answer.status == 200 { discover::in_listing(task.role, answer, &task.url) } else { Vec::new() };
            self.queue_leads(shared, task, leads);
            if let Some(target) = answer.redirect(&task.url) {
                self.follow(shared, task, target);
            } else if answer.status >= 400 {
                self.report(shared, task, Err(FetchFault::Status { status: answer.status }));
            }
            return;
        }
        let leads = discover::in_page(&plan.discovery, answer, &task.url);
        let target = answer.redirect(&task.url);
        let found = leads.iter().map(|l| &l.url).chain(&target).map(Url::to_string).collect();
        let visit =
            Visit { source: &plan.id, url: task.url.as_str(), via: task.via.last().map(String::as_str), answer, found };
        let result = match shared.store.keep(visit) {
            Ok(fetched) if answer.status >= 400 => Err(FetchFault::Status { status: fetched.status }),
            Ok(fetched) => Ok(fetched),
            Err(error) => {
                shared.fatal.get_or_insert(error);
                return;
            }
        };
        self.report(shared, task, result);
        self.queue_leads(shared, task, leads);
        if let Some(target) = target {
            self.follow(shared, task, target);
        }
    }

    /// Queues the target of a redirect under its own host: with that host's robots.txt, delay and guard.
    fn follow(&self, shared: &mut Shared, task: &Task, target: Url) {
        let mut via = task.via.clone();
        via.push(task.url.to_string());
        let circle = via.iter().any(|u| *u == target.as_str());
        let next = Task { url: target, via, tries: 0, due: Instant::now(), ..task.clone() };
        if circle || next.via.len() > self.setup.limits.redirects as usize {
            self.report(shared, &next, Err(FetchFault::Redirects { limit: self.setup.limits.redirects }));
        } else {
            self.add(shared, next);
        }
    }

    /// Queues the sitemaps that a host's robots.txt names, for sources that want them.
    fn queue_sitemaps(&self, shared: &mut Shared, plan: usize, robots: &Robots) {
        let Some(own) = self.plans.get(plan).filter(|p| p.discovery.robots_sitemaps) else {
            return;
        };
        let sitemaps = robots.sitemaps().iter().filter_map(|s| Url::parse(s).ok()).filter(|url| is_own(own, url));
        for url in sitemaps {
            self.add(shared, new_task(plan, url, Role::Sitemap));
        }
    }

    fn queue_leads(&self, shared: &mut Shared, task: &Task, leads: Vec<Lead>) {
        let Some(plan) = self.plans.get(task.plan) else {
            return;
        };
        let is_listing = task.role != Role::Page;
        if !is_listing && task.depth >= plan.discovery.depth {
            return;
        }
        for Lead { url, is_sitemap } in leads {
            if !is_own(plan, &url) || (!is_sitemap && !discover::is_wanted(&plan.discovery, &url)) {
                continue;
            }
            let role = if is_sitemap { Role::Sitemap } else { Role::Page };
            let depth = if is_listing { 0 } else { task.depth + 1 };
            self.add(shared, Task { depth, ..new_task(task.plan, url, role) });
        }
    }

    /// Puts a task in its host's lane, unless it was there before, was done before the run was stopped, or is one too many.
    fn add(&self, shared: &mut Shared, mut task: Task) {
        task.url.set_fragment(None);
        let Some(plan) = self.plans.get(task.plan) else {
            return;
        };
        if !shared.seen.insert((task.plan, task.url.to_string())) {
            return;
        }
        let (counts, most) = match task.role {
            Role::Page => (&mut shared.pages, plan.discovery.limit()),
            Role::Sitemap | Role::Feed => (&mut shared.sitemaps, MOST_SITEMAPS),
        };
        let count = counts.entry(task.plan).or_default();
        *count += 1;
        if *count > most && task.via.is_empty() {
            return;
        }
        let done = shared.store.journal.done.get(&(plan.id.clone(), task.url.to_string())).cloned();
        if let Some(done) = done.filter(|_| task.role == Role::Page) {
            return self.go_on(shared, &task, &done);
        }
        let host = task.url.host_str().unwrap_or("").to_owned();
        shared.lanes.entry(host).or_default().tasks.push_back(task);
        self.changed.notify_all();
    }

    /// What was done before a stop: reported as it was, its links queued.
    fn go_on(&self, shared: &mut Shared, task: &Task, (known, found): &(Known, Vec<String>)) {
        let (file, offset) = known.place.clone();
        let facts = known.facts.clone();
        let place = crate::record::Place { file, offset, record_id: facts.record_id.clone() };
        let fetched = Fetched { kind: FetchedKind::Already, status: known.status, place, facts };
        let result = if known.status >= 400 { Err(FetchFault::Status { status: known.status }) } else { Ok(fetched) };
        self.report(shared, task, result);
        let mut leads: Vec<Lead> =
            found.iter().filter_map(|u| Url::parse(u).ok()).map(|url| Lead { url, is_sitemap: false }).collect();
        if (300..400).contains(&known.status)
            && let Some(Lead { url, .. }) = leads.pop()
        {
            self.follow(shared, task, url);
        }
        self.queue_leads(shared, task, leads);
    }

    fn report(&self, shared: &mut Shared, task: &Task, result: Result<Fetched, FetchFault>) {
        if let Some(plan) = self.plans.get(task.plan) {
            let (source, url, via) = (plan.id.clone(), task.url.to_string(), task.via.clone());
            shared.outcomes.push(Outcome { source, url, via, tries: task.tries + 1, result });
        }
    }
}

/// A task that nothing led to.
fn new_task(plan: usize, url: Url, role: Role) -> Task {
    Task { plan, url, via: Vec::new(), depth: 0, role, tries: 0, due: Instant::now() }
}

impl Lane {
    /// When its next task may start.
    fn ready(&self) -> Option<Instant> {
        let waiting = self.later.iter().map(|t| t.due).min();
        let first = self.tasks.front().map(|t| t.due);
        let due = first.into_iter().chain(waiting).min()?;
        Some(self.next.map_or(due, |next| due.max(next)))
    }

    fn next_task(&mut self, now: Instant) -> Option<Task> {
        match self.later.iter().position(|t| t.due <= now) {
            Some(at) => Some(self.later.swap_remove(at)),
            None => self.tasks.pop_front(),
        }
    }
}

/// Scheme, host and port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether an address is on one of the plan's hosts: only these get its headers, and only links to them are followed.
fn is_own(plan: &Plan, url: &Url) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
    let Some(host) = url.host_str().map(bare) else {
        return false;
    };
    let of_start = |text: &String| Url::parse(text).ok().and_then(|u| u.host_str().map(bare)) == Some(host.clone());
    plan.hosts.iter().any(|h| bare(h) == host) || plan.start.iter().any(of_start)
}

/// `Retry-After` in either form.
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    let wait = zoned.timestamp().as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}
