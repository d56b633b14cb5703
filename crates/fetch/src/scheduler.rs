//! The threads: each takes whichever host is due, asks, and says what became of it.
//!
//! The delay counts from one request to the next. A server that took its time gets as long again to rest, up to the delay:
//! a quick one isn't waited for longer than politeness asks, and a slow one isn't asked again at once.

use crate::Error;
use crate::Fault;
use crate::client::{Answer, Client};
use crate::discover::{self, Role};
use crate::queue::{Done, Job, Policy, Queue, Task, Turn, origin};
use crate::robots::Robots;
use crate::warc_store::Store;
use crate::{Plan, Report, Setup, TOKEN};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A `Crawl-delay` beyond this is taken for this: some files ask for hours.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// Redirects of robots.txt that are followed (RFC 9309, 2.3.1.2).
const ROBOTS_REDIRECTS: usize = 5;

/// The queues of a run. The queue's lock is taken before the store's where both are needed.
pub(super) struct Lanes<'a> {
    pub(super) plans: &'a [Plan],
    pub(super) setup: &'a Setup,
    clients: Vec<Result<Client<'a>, Fault>>,
    /// What an earlier part of this run did, before it was stopped.
    pub(super) done: Done,
    queue: Mutex<Queue>,
    store: Mutex<Store>,
    changed: Condvar,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(plans: &'a [Plan], setup: &'a Setup, mut store: Store) -> Self {
        let lanes = Self {
            plans,
            setup,
            clients: plans.iter().map(|plan| Client::new(setup, plan)).collect(),
            done: std::mem::take(&mut store.journal.done),
            queue: Mutex::default(),
            store: Mutex::new(store),
            changed: Condvar::new(),
        };
        lanes.begin();
        lanes
    }

    /// Fetches until nothing is left.
    pub(super) fn run(self) -> Result<Report, Error> {
        let lanes = self.queue().lanes.len();
        let is_open = self.plans.iter().any(|p| p.discovery.is_open() || p.connections > 1);
        let threads = if is_open { self.setup.parallel } else { lanes.min(self.setup.parallel) };
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| self.work());
            }
        });
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut store = self.store.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = queue.fatal {
            return Err(error);
        }
        for ((source, listing), since_full) in &queue.walks {
            store.walked(source, listing, *since_full)?;
        }
        let mut outcomes = queue.outcomes;
        outcomes.sort_by(|a, b| (&a.source, &a.url).cmp(&(&b.source, &b.url)));
        Ok(Report { outcomes, files: store.files })
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's work.
    fn work(&self) {
        while let Some((lane, job)) = self.take() {
            match job {
                Job::Robots(task) => {
                    let result = self.robots(&task);
                    self.settle_robots(&lane, task, result);
                }
                Job::Ask(task, policy) => {
                    let begun = Instant::now();
                    let result = match refusal(&task, &policy) {
                        Some(fault) => Err(fault),
                        None => self.ask(&task),
                    };
                    self.settle(&lane, (task, policy), (result, begun.elapsed()));
                }
            }
        }
    }

    /// The next job that is due; waits for one, and gives none at the end.
    fn take(&self) -> Option<(String, Job)> {
        let mut queue = self.queue();
        loop {
            let now = Instant::now();
            match queue.turn(now, |plan| self.plans.get(plan).map_or(1, |p| p.connections)) {
                Turn::Do(name, job) => {
                    let rest = match &*job {
                        Job::Ask(task, policy) if refusal(task, policy).is_some() => Duration::ZERO,
                        Job::Ask(task, policy) => self.delay(task.plan, policy.robots()),
                        Job::Robots(task) => self.delay(task.plan, None),
                    };
                    queue.lanes.entry(name.clone()).or_default().rest_until(now + rest);
                    return Some((name, *job));
                }
                Turn::Wait(wait) => {
                    let woken = self.changed.wait_timeout(queue, wait.max(Duration::from_millis(1)));
                    queue = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                Turn::End => {
                    self.changed.notify_all();
                    return None;
                }
            }
        }
    }

    fn delay(&self, plan: usize, robots: Option<&Robots>) -> Duration {
        let own = self.plans.get(plan).map_or(Duration::ZERO, |p| p.delay);
        robots.and_then(Robots::delay).map_or(own, |asked| own.max(asked.min(LONGEST_DELAY)))
    }

    fn client(&self, plan: usize) -> Result<&Client<'a>, Fault> {
        let unknown = || Fault::Forbidden { reason: "no such source".to_owned() };
        self.clients.get(plan).ok_or_else(unknown)?.as_ref().map_err(Clone::clone)
    }

    /// robots.txt of a task's host.
    fn robots(&self, task: &Task) -> Result<Robots, Fault> {
        let client = self.client(task.plan)?;
        let Ok(mut url) = task.url.join("/robots.txt") else {
            return Ok(Robots::closed());
        };
        for _ in 0..=ROBOTS_REDIRECTS {
            let answer = client.ask(&url, &[])?;
            match (answer.status, answer.redirect(&url)) {
                (_, Some(target)) => url = target,
                (200..=299, _) => return Ok(Robots::parse(&answer.body, TOKEN)),
                // "Unavailable": there is none. Server faults are "unreachable": it may forbid everything.
                (400..=499, _) if answer.status != 429 => return Ok(Robots::open()),
                (status, _) => return Err(Fault::Status { status }),
            }
        }
        Ok(Robots::open())
    }

    /// Asks for a task's address.
    fn ask(&self, task: &Task) -> Result<Answer, Fault> {
        let client = self.client(task.plan)?;
        let own = self.plans.get(task.plan).filter(|plan| plan.owns(&task.url));
        let mut headers = own.map(|plan| plan.headers.clone()).unwrap_or_default();
        let is_afresh = self.plans.get(task.plan).is_some_and(|plan| plan.brings_back(&task.url));
        if task.role == Role::Page && !is_afresh {
            headers.extend(self.store().conditions(task.url.as_str(), self.setup.full_every));
        }
        client.ask(&task.url, &headers)
    }

    /// Enters what a host's robots.txt says; its first page waits at the head of the lane. One that can't be had is asked for
    /// again, and in the end forbids everything (RFC 9309, 2.3.1.4): a host that can't be reached under its own fault.
    fn settle_robots(&self, name: &str, task: Task, result: Result<Robots, Fault>) {
        let mut queue = self.queue();
        let limits = &self.setup.limits;
        let Some(lane) = queue.lanes.get_mut(name) else { return };
        lane.busy = lane.busy.saturating_sub(1);
        lane.in_robots = false;
        let origin = origin(&task.url);
        let policy = match result {
            Ok(robots) => {
                lane.rest_until(Instant::now() + self.delay(task.plan, Some(&robots)));
                Some(Policy::Known(Arc::new(robots)))
            }
            // Says something of the source that asks, not of the host.
            Err(fault @ Fault::Forbidden { .. }) => {
                self.report(&mut queue, &task, Err(fault));
                self.changed.notify_all();
                return;
            }
            Err(fault) if fault.is_transient() && lane.robots_tries < limits.retries => {
                lane.robots_tries += 1;
                let tried = Task { tries: lane.robots_tries - 1, ..task.clone() };
                lane.rest_until(Instant::now() + self.backoff(&tried));
                None
            }
            Err(Fault::Status { .. }) => Some(Policy::Known(Arc::new(Robots::closed()))),
            Err(fault) => Some(Policy::Unreachable(fault, lane.robots_tries)),
        };
        if let Some(policy) = policy {
            lane.robots_tries = 0;
            lane.robots.insert(origin, policy);
        }
        lane.tasks.push_front(task);
        self.changed.notify_all();
    }

    /// Writes down what came of a task, and queues what follows from it.
    fn settle(&self, name: &str, (mut task, policy): (Task, Policy), asked: (Result<Answer, Fault>, Duration)) {
        let (result, took) = asked;
        let now = Instant::now();
        let delay = self.delay(task.plan, policy.robots());
        let was_asked = refusal(&task, &policy).is_none();
        let wait = match &result {
            _ if !was_asked => None,
            Ok(answer) => self.retry_wait(&task, answer),
            Err(fault) => fault.is_transient().then(|| self.backoff(&task)),
        };
        let mut queue = self.queue();
        if let Some(lane) = queue.lanes.get_mut(name).filter(|_| was_asked) {
            lane.rest_until(now + took.min(delay));
            lane.faults = if wait.is_some() { lane.faults + 1 } else { 0 };
            let limits = &self.setup.limits;
            if let Some(wait) = wait.filter(|_| task.tries < limits.retries && lane.faults < limits.faults) {
                task.tries += 1;
                task.due = now + wait;
                // A server that asks for time gets it for all its pages.
                if matches!(&result, Ok(answer) if matches!(answer.status, 429 | 503)) {
                    lane.rest_until(now + wait);
                }
                lane.later.push(task);
                lane.busy = lane.busy.saturating_sub(1);
                self.changed.notify_all();
                return;
            }
        }
        drop(queue);
        if let Policy::Unreachable(_, tries) = policy {
            task.tries = tries;
        }
        self.conclude(&task, &policy, result);
        let mut queue = self.queue();
        if let Some(lane) = queue.lanes.get_mut(name) {
            lane.busy = lane.busy.saturating_sub(1);
        }
        self.give_up(&mut queue, name);
        self.changed.notify_all();
    }

    /// How long to wait before a server fault is tried again; none when it isn't one or the server asks for too much.
    fn retry_wait(&self, task: &Task, answer: &Answer) -> Option<Duration> {
        if !(Fault::Status { status: answer.status }).is_transient() {
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
    fn give_up(&self, queue: &mut Queue, name: &str) {
        let limit = self.setup.limits.faults;
        let Some(lane) = queue.lanes.get_mut(name).filter(|l| l.faults >= limit) else {
            return;
        };
        let left: Vec<Task> = lane.tasks.drain(..).chain(std::mem::take(&mut lane.later)).collect();
        for task in left {
            self.report(queue, &task, Err(Fault::HostDown { faults: limit }));
        }
    }
}

/// Why a task isn't asked at all, as far as its host's robots.txt tells.
fn refusal(task: &Task, policy: &Policy) -> Option<Fault> {
    match policy {
        Policy::Unreachable(fault, _) => Some(fault.clone()),
        Policy::Known(robots) if robots.allows(&discover::path_and_query(&task.url)) => None,
        Policy::Known(_) => Some(Fault::Robots),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(retry_after(" 120 "), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let soon = jiff::Zoned::now().checked_add(jiff::SignedDuration::from_secs(90)).unwrap();
        let soon = jiff::fmt::rfc2822::to_string(&soon).unwrap();
        assert!(retry_after(&soon).is_some_and(|wait| (80..=90).contains(&wait.as_secs())), "{soon}");
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-5"), None);
    }
}
