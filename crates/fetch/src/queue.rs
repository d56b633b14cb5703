//! What is still to be requested: a queue per host, with the host's robots.txt and the time of its next request.

use crate::cookies::CookieJar;
use crate::discover::Role;
use crate::journal::LineSpan;
use crate::named_by::NamedBy;
use crate::robots::Robots;
use crate::{Error, Fault, FetchOutcome, FetchProgress, Fetched, FetchedKind};
use sanad_document::secrets::masked;
use sanad_document::url_key;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// An address to request.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Index of its plan.
    pub(super) plan: usize,
    pub(super) url: Url,
    /// The addresses that redirected to it, the first one first.
    pub(super) via: Vec<String>,
    /// Who named it, or the first of those.
    pub(super) named_by: NamedBy,
    /// The cookies that these have set.
    pub(super) cookies: CookieJar,
    /// Number of links between it and a start address.
    pub(super) depth: u32,
    pub(super) role: Role,
    /// Failed attempts so far.
    pub(super) tries: u32,
    /// The earliest time of the next attempt.
    pub(super) due: Instant,
}

impl Task {
    /// Whoever names what this task leads to.
    pub(super) fn as_source(&self) -> NamedBy {
        let url = Arc::from(self.url.as_str());
        match self.role {
            Role::Page => NamedBy::Page(url),
            Role::Sitemap => NamedBy::Sitemap(url),
            Role::Feed => NamedBy::Feed(url),
            Role::Listing { .. } => NamedBy::Listing(url),
        }
    }

    /// A task that the configuration names.
    pub(super) fn new(plan: usize, url: Url, role: Role) -> Self {
        Self {
            plan,
            url,
            via: Vec::new(),
            named_by: NamedBy::Configuration,
            cookies: CookieJar::default(),
            depth: 0,
            role,
            tries: 0,
            due: Instant::now(),
        }
    }
}

/// What a thread does next.
pub(super) enum Job {
    /// Request the robots.txt of the task's origin; the task waits for it.
    Robots(Task),
    /// Request the task's address, if its origin's robots.txt allows it.
    Page(Task, RobotsPolicy),
}

/// What is known of an origin's robots.txt.
#[derive(Debug, Clone)]
pub(super) enum RobotsPolicy {
    /// Its rules.
    Known(Arc<Robots>),
    /// The host can't be reached.
    Unreachable {
        fault: Fault,
        /// Failed attempts before the last one.
        tries: u32,
    },
}

impl RobotsPolicy {
    /// The rules, if they are known.
    pub(super) fn robots(&self) -> Option<&Robots> {
        match self {
            Self::Known(robots) => Some(robots),
            Self::Unreachable { .. } => None,
        }
    }
}

/// The tasks of one host, and its state.
#[derive(Debug, Default)]
pub(super) struct HostQueue {
    pub(super) tasks: VecDeque<Task>,
    /// Tasks that wait for another attempt.
    pub(super) retries: Vec<Task>,
    /// Requests under way.
    pub(super) in_flight: usize,
    /// One of them is for robots.txt. No other request is started meanwhile.
    pub(super) awaits_robots: bool,
    /// The earliest time of the next request.
    pub(super) not_before: Option<Instant>,
    /// By origin.
    pub(super) robots: BTreeMap<String, RobotsPolicy>,
    /// Consecutive failed attempts to get a robots.txt.
    pub(super) robots_tries: u32,
    /// Consecutive faults.
    pub(super) faults: u32,
}

impl HostQueue {
    /// The earliest time at which its next task may start.
    fn ready_at(&self) -> Option<Instant> {
        let retry = self.retries.iter().map(|t| t.due).min();
        let first = self.tasks.front().map(|t| t.due);
        let due = first.into_iter().chain(retry).min()?;
        Some(self.not_before.map_or(due, |not_before| due.max(not_before)))
    }

    fn next_task(&mut self, now: Instant) -> Option<Task> {
        match self.retries.iter().position(|t| t.due <= now) {
            Some(at) => Some(self.retries.swap_remove(at)),
            None => self.tasks.pop_front(),
        }
    }

    /// Starts no request before this time.
    pub(super) fn rest_until(&mut self, at: Instant) {
        self.not_before = Some(self.not_before.map_or(at, |not_before| not_before.max(at)));
    }
}

/// The queues of all hosts, and what decides whether a task is queued.
#[derive(Default)]
pub(super) struct Queue {
    /// By [`host_key`].
    pub(super) hosts: BTreeMap<String, HostQueue>,
    /// Addresses that were ever queued, by plan and as [`seen_key`] folds them.
    pub(super) seen: BTreeSet<(usize, String)>,
    /// Those of them that answered with a page, not with a redirect.
    pub(super) pages_seen: BTreeSet<(usize, String)>,
    /// Plans of which a page's links were refused because the site makes them up.
    pub(super) traps: BTreeSet<usize>,
    /// Number of pages queued, by plan.
    pub(super) pages: BTreeMap<usize, usize>,
    /// Number of sitemaps, feeds and pages of listings queued, by plan.
    pub(super) lists: BTreeMap<usize, usize>,
    /// Origins whose robots.txt was searched for sitemaps, by plan.
    pub(super) sitemaps_queued: BTreeSet<(usize, String)>,
    /// By plan and listing: the links on the pages of this walk so far.
    pub(super) walked: BTreeMap<(usize, usize), BTreeSet<(usize, String)>>,
    /// By source and listing: runs since the listing was walked to its end, including this one.
    pub(super) walks: BTreeMap<(String, String), u32>,
    pub(super) outcomes: Vec<FetchOutcome>,
    /// Counts of pages so far.
    pub(super) progress: FetchProgress,
    /// When the observer was last called.
    pub(super) observed: Option<Instant>,
    /// An error that ends the run.
    pub(super) fatal: Option<Error>,
}

/// What there is to do now.
pub(super) enum NextJob {
    /// This job, for the host with this key.
    Start(String, Box<Job>),
    /// Nothing for this long, or until something changes.
    Wait(Duration),
    /// Nothing any more.
    End,
}

impl Queue {
    /// The job that has been due for the longest time. `connections` returns a plan's limit on concurrent requests to a
    /// host.
    pub(super) fn next_job(&mut self, now: Instant, connections: impl Fn(usize) -> usize) -> NextJob {
        if self.fatal.is_some() {
            return NextJob::End;
        }
        let (mut soonest, mut is_busy): (Option<(Instant, &String)>, bool) = (None, false);
        for (key, host) in &self.hosts {
            is_busy |= host.in_flight > 0;
            let next = host.tasks.front().or(host.retries.first());
            let has_room = next.is_some_and(|t| host.in_flight < connections(t.plan));
            let Some(at) = host.ready_at().filter(|_| has_room && !host.awaits_robots) else { continue };
            if soonest.is_none_or(|(best, _)| at < best) {
                soonest = Some((at, key));
            }
        }
        match soonest {
            Some((at, key)) if at <= now => {
                let key = key.clone();
                match self.hosts.get_mut(&key).and_then(|host| start(host, now)) {
                    Some(job) => NextJob::Start(key, Box::new(job)),
                    None => NextJob::Wait(Duration::from_millis(1)),
                }
            }
            Some((at, _)) => NextJob::Wait(at.saturating_duration_since(now)),
            None if is_busy => NextJob::Wait(Duration::from_secs(1)),
            None => NextJob::End,
        }
    }

    /// Reports what became of a task.
    pub(super) fn report(&mut self, source: &str, task: &Task, result: Result<Fetched, Fault>) {
        // A redirect is the same page still: its target is reported, too.
        match &result {
            _ if task.role != Role::Page => {}
            Ok(fetched) if fetched.kind == FetchedKind::Redirect => {}
            Ok(_) => self.progress.captured += 1,
            Err(_) => self.progress.failed += 1,
        }
        self.outcomes.push(FetchOutcome {
            source: source.to_owned(),
            url: masked(task.url.as_str()).into_owned(),
            via: task.via.iter().map(|url| masked(url).into_owned()).collect(),
            named_by: task.named_by.clone(),
            tries: task.tries + 1,
            result,
        });
    }
}

/// Takes a host's next task: for its robots.txt if that isn't known yet.
fn start(host: &mut HostQueue, now: Instant) -> Option<Job> {
    let task = host.next_task(now)?;
    host.in_flight += 1;
    let policy = host.robots.get(&origin(&task.url)).cloned();
    host.awaits_robots = policy.is_none();
    Some(match policy {
        Some(policy) => Job::Page(task, policy),
        None => Job::Robots(task),
    })
}

/// By source and address: the journal's lines of what this run did before it was stopped.
pub(super) type DoneBefore = BTreeMap<(String, String), LineSpan>;

/// Scheme, host and port: what a robots.txt is valid for.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What shares a delay: the host, with and without `www.`.
pub(super) fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// What an address is known by in the queue: without session ids and tracking parameters, as in record ids. Other
/// spellings that share a record id may be redirects to each other, so they stay apart.
pub(super) fn seen_key(plan: usize, url: &Url) -> (usize, String) {
    (plan, url_key::canonical_url(url.as_str()))
}
