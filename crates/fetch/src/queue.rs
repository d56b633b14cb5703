//! What is still to be asked: one lane a host, with its tasks, its robots.txt, and when it may be asked again.

use crate::Error;
use crate::Fault;
use crate::discover::Role;
use crate::journal::Line;
use crate::robots::Robots;
use crate::{Fetched, Outcome};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// An address to ask.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Index of its plan.
    pub(super) plan: usize,
    pub(super) url: Url,
    /// The addresses that redirected to it, the first one first.
    pub(super) via: Vec<String>,
    /// Links away from a start address.
    pub(super) depth: u32,
    pub(super) role: Role,
    /// Tries so far.
    pub(super) tries: u32,
    /// When it may be asked.
    pub(super) due: Instant,
}

impl Task {
    /// A task that nothing led to.
    pub(super) fn new(plan: usize, url: Url, role: Role) -> Self {
        Self { plan, url, via: Vec::new(), depth: 0, role, tries: 0, due: Instant::now() }
    }
}

/// What a thread does next.
pub(super) enum Job {
    /// Asks for the robots.txt of a host before its first page.
    Robots(Task),
    /// Asks for an address, as its host's robots.txt lets it.
    Ask(Task, Policy),
}

/// What is known of an origin's robots.txt.
#[derive(Debug, Clone)]
pub(super) enum Policy {
    /// Its rules.
    Known(Arc<Robots>),
    /// The host could not be reached, after so many tries.
    Unreachable(Fault, u32),
}

impl Policy {
    /// The rules, where they are known.
    pub(super) fn robots(&self) -> Option<&Robots> {
        match self {
            Self::Known(robots) => Some(robots),
            Self::Unreachable(..) => None,
        }
    }
}

/// A host's queue.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) tasks: VecDeque<Task>,
    /// Tasks that wait for another try.
    pub(super) later: Vec<Task>,
    /// Requests under way.
    pub(super) busy: usize,
    /// One of them is for robots.txt; nothing else is asked meanwhile.
    pub(super) in_robots: bool,
    /// When the host may be asked again.
    pub(super) next: Option<Instant>,
    /// By scheme, host and port.
    pub(super) robots: BTreeMap<String, Policy>,
    /// Tries for a robots.txt that failed in a row.
    pub(super) robots_tries: u32,
    /// Faults in a row.
    pub(super) faults: u32,
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

    /// No request before this.
    pub(super) fn rest_until(&mut self, at: Instant) {
        self.next = Some(self.next.map_or(at, |next| next.max(at)));
    }
}

/// What all threads share.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) lanes: BTreeMap<String, Lane>,
    /// Addresses that were queued, by plan.
    pub(super) seen: BTreeSet<(usize, String)>,
    /// Pages queued, by plan.
    pub(super) pages: BTreeMap<usize, usize>,
    /// Sitemaps, feeds and pages of listings queued, by plan.
    pub(super) lists: BTreeMap<usize, usize>,
    /// Origins whose robots.txt was looked at for sitemaps, by plan.
    pub(super) mapped: BTreeSet<(usize, String)>,
    /// By source and listing: runs since it was walked to its end, this one counted.
    pub(super) walks: BTreeMap<(String, String), u32>,
    pub(super) outcomes: Vec<Outcome>,
    /// An error that ends the run.
    pub(super) fatal: Option<Error>,
}

/// What there is to do now.
pub(super) enum Turn {
    /// This, for the lane of this name.
    Do(String, Box<Job>),
    /// Nothing yet.
    Wait(Duration),
    /// Nothing any more.
    End,
}

impl Queue {
    /// The job that has waited longest among those that are due. `most` says how many requests a plan allows a host at one
    /// time.
    pub(super) fn turn(&mut self, now: Instant, most: impl Fn(usize) -> usize) -> Turn {
        if self.fatal.is_some() {
            return Turn::End;
        }
        let (mut soonest, mut busy): (Option<(Instant, &String)>, bool) = (None, false);
        for (name, lane) in &self.lanes {
            busy |= lane.busy > 0;
            let room = lane.tasks.front().or(lane.later.first()).is_some_and(|t| lane.busy < most(t.plan));
            let Some(at) = lane.ready().filter(|_| room && !lane.in_robots) else { continue };
            if soonest.is_none_or(|(best, _)| at < best) {
                soonest = Some((at, name));
            }
        }
        match soonest {
            Some((at, name)) if at <= now => {
                let name = name.clone();
                let Some((lane, task)) = self.lanes.get_mut(&name).and_then(|l| l.next_task(now).map(|t| (l, t)))
                else {
                    return Turn::Wait(Duration::from_millis(1));
                };
                lane.busy += 1;
                let policy = lane.robots.get(&origin(&task.url)).cloned();
                lane.in_robots = policy.is_none();
                let job = match policy {
                    Some(policy) => Job::Ask(task, policy),
                    None => Job::Robots(task),
                };
                Turn::Do(name, Box::new(job))
            }
            Some((at, _)) => Turn::Wait(at.saturating_duration_since(now)),
            None if busy => Turn::Wait(Duration::from_secs(1)),
            None => Turn::End,
        }
    }

    /// What became of a task.
    pub(super) fn report(&mut self, source: &str, task: &Task, result: Result<Fetched, Fault>) {
        self.outcomes.push(Outcome {
            source: source.to_owned(),
            url: task.url.to_string(),
            via: task.via.clone(),
            tries: task.tries + 1,
            result,
        });
    }
}

/// What an earlier part of the same run did for an address.
pub(super) type Done = BTreeMap<(String, String), Line>;

/// Scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The lane of an address: its host, with and without `www.` alike.
pub(super) fn lane_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}
