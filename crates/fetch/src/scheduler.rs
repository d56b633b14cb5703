//! The threads of a run: each takes a job of whichever host is due, makes the request and settles the result.
//!
//! The delay is measured from the start of one request to the start of the next. A server that was slow rests for as
//! long as it took, up to the delay: politeness doesn't slow down a quick server further, and a slow one isn't asked
//! again at once.

use crate::client::Response;
use crate::crawl::Crawl;
use crate::discover::{self, Role};
use crate::queue::{Job, NextJob, Queue, RobotsPolicy, Task, origin};
use crate::robots::{LONGEST_DELAY, Robots};
use crate::warc_store::WarcStore;
use crate::{Error, Fault, FetchReport, Observer, Plan, Setup, robots_file};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Fetches all plans until nothing is left.
pub(super) fn run(
    plans: &[Plan],
    setup: &Setup,
    store: WarcStore,
    observer: Observer<'_>,
) -> Result<FetchReport, Error> {
    let crawl = Crawl::new(plans, setup, store, observer);
    crawl.seed();
    let hosts = crawl.queue().hosts.len();
    // Discovery can lead to further hosts; without it, more threads than hosts would have nothing to do.
    let is_open = plans.iter().any(|p| p.discovery.is_open() || p.connections > 1);
    let threads = if is_open { setup.parallel } else { hosts.min(setup.parallel) };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| crawl.work());
        }
    });
    crawl.into_report()
}

impl Crawl<'_> {
    /// The work of one thread.
    fn work(&self) {
        while let Some((host, job)) = self.next_job() {
            match job {
                Job::Robots(task) => {
                    let result = self.fetch_robots(&task);
                    self.settle_robots(&host, task, result);
                }
                Job::Page(task, policy) => {
                    let begun = Instant::now();
                    let result = match refusal(&task, &policy) {
                        Some(fault) => Err(fault),
                        None => self.fetch(&task),
                    };
                    self.settle(&host, task, &policy, result, begun.elapsed());
                }
            }
        }
    }

    /// Waits for the next job that is due. Returns none when nothing is left to do.
    fn next_job(&self) -> Option<(String, Job)> {
        let mut queue = self.queue();
        loop {
            let now = Instant::now();
            match queue.next_job(now, |plan| self.plans.get(plan).map_or(1, |p| p.connections)) {
                NextJob::Start(host, job) => {
                    let rest = match &*job {
                        Job::Page(task, policy) if refusal(task, policy).is_some() => Duration::ZERO,
                        Job::Page(task, policy) => self.delay(task.plan, policy.robots()),
                        Job::Robots(task) => self.delay(task.plan, None),
                    };
                    queue.hosts.entry(host.clone()).or_default().rest_until(now + rest);
                    self.observe(&mut queue);
                    return Some((host, *job));
                }
                NextJob::Wait(wait) => queue = self.wait(queue, wait.max(Duration::from_millis(1))),
                NextJob::End => {
                    self.wake();
                    return None;
                }
            }
        }
    }

    /// The delay between two requests to a host: the plan's own, or a longer one that robots.txt asks for.
    fn delay(&self, plan: usize, robots: Option<&Robots>) -> Duration {
        let own = self.plans.get(plan).map_or(Duration::ZERO, |p| p.delay);
        robots.and_then(Robots::delay).map_or(own, |asked| own.max(asked.min(LONGEST_DELAY)))
    }

    /// Requests the robots.txt of a task's origin.
    fn fetch_robots(&self, task: &Task) -> Result<Robots, Fault> {
        let client = self.client(task.plan)?;
        robots_file::fetch(&task.url, |url, cookies| client.get(url, &[], cookies))
    }

    /// Requests a task's address, conditionally if an earlier capture is still there.
    fn fetch(&self, task: &Task) -> Result<Response, Fault> {
        let client = self.client(task.plan)?;
        let own = self.plans.get(task.plan).filter(|plan| plan.owns(&task.url));
        let mut headers = own.map(|plan| plan.headers.clone()).unwrap_or_default();
        let is_brought_back = self.plans.get(task.plan).is_some_and(|plan| plan.brings_back(&task.url));
        if task.role == Role::Page && !is_brought_back {
            headers.extend(self.store().conditional_headers(task.url.as_str(), self.setup.full_every));
        }
        client.get(&task.url, &headers, &task.cookies)
    }

    /// Records what an origin's robots.txt says and puts the task that waited for it back at the head of its queue.
    ///
    /// A robots.txt that can't be fetched is tried again. In the end it forbids everything (RFC 9309, section 2.3.1.4);
    /// the pages of a host that can't be reached fail with the host's own fault.
    fn settle_robots(&self, host: &str, task: Task, result: Result<Robots, Fault>) {
        let mut queue = self.queue();
        let limits = &self.setup.limits;
        let Some(host) = queue.hosts.get_mut(host) else { return };
        host.in_flight = host.in_flight.saturating_sub(1);
        host.awaits_robots = false;
        let policy = match result {
            Ok(robots) => {
                host.rest_until(Instant::now() + self.delay(task.plan, Some(&robots)));
                Some(RobotsPolicy::Known(Arc::new(robots)))
            }
            // This depends on the plan that asks, not on the host: another plan may be allowed to ask.
            Err(fault @ Fault::Forbidden { .. }) => {
                self.report(&mut queue, &task, Err(fault));
                self.wake();
                return;
            }
            Err(fault) if fault.is_transient() && host.robots_tries < limits.retries => {
                host.robots_tries += 1;
                let tried = Task { tries: host.robots_tries - 1, ..task.clone() };
                host.rest_until(Instant::now() + self.backoff(&tried));
                None
            }
            Err(Fault::Status { .. }) => Some(RobotsPolicy::Known(Arc::new(Robots::closed()))),
            Err(fault) => Some(RobotsPolicy::Unreachable { fault, tries: host.robots_tries }),
        };
        if let Some(policy) = policy {
            host.robots_tries = 0;
            host.robots.insert(origin(&task.url), policy);
        }
        host.tasks.push_front(task);
        self.wake();
    }

    /// Queues another attempt at a task, or processes its result. `took` is the duration of the request.
    fn settle(
        &self,
        host_key: &str,
        mut task: Task,
        policy: &RobotsPolicy,
        result: Result<Response, Fault>,
        took: Duration,
    ) {
        let now = Instant::now();
        let delay = self.delay(task.plan, policy.robots());
        let was_requested = refusal(&task, policy).is_none();
        let wait = match &result {
            _ if !was_requested => None,
            Ok(response) => self.retry_wait(&task, response),
            Err(fault) => fault.is_transient().then(|| self.backoff(&task)),
        };
        let mut queue = self.queue();
        if let Some(host) = queue.hosts.get_mut(host_key).filter(|_| was_requested) {
            host.rest_until(now + took.min(delay));
            host.faults = if wait.is_some() { host.faults + 1 } else { 0 };
            let limits = &self.setup.limits;
            if let Some(wait) = wait.filter(|_| task.tries < limits.retries && host.faults < limits.faults) {
                task.tries += 1;
                task.due = now + wait;
                // A server that asks for time gets it for all its pages.
                if matches!(&result, Ok(response) if matches!(response.status, 429 | 503)) {
                    host.rest_until(now + wait);
                }
                host.retries.push(task);
                host.in_flight = host.in_flight.saturating_sub(1);
                self.wake();
                return;
            }
        }
        drop(queue);
        if let RobotsPolicy::Unreachable { tries, .. } = policy {
            task.tries = *tries;
        }
        self.process(&task, policy, result);
        let mut queue = self.queue();
        if let Some(host) = queue.hosts.get_mut(host_key) {
            host.in_flight = host.in_flight.saturating_sub(1);
        }
        self.abandon_failing(&mut queue, host_key);
        self.wake();
    }

    /// How long to wait after a server error before the next attempt. Returns none if the status isn't worth another
    /// attempt or the server asks for too long a wait.
    fn retry_wait(&self, task: &Task, response: &Response) -> Option<Duration> {
        if !(Fault::Status { status: response.status }).is_transient() {
            return None;
        }
        match response.header("retry-after").and_then(retry_after) {
            Some(asked) if asked <= self.setup.limits.longest_wait => Some(asked.max(self.backoff(task))),
            Some(_) => None,
            None => Some(self.backoff(task)),
        }
    }

    /// The wait before the next attempt: it doubles each time. Up to a quarter is added, depending on the address, so
    /// that the tasks behind one fault don't all come back at once.
    fn backoff(&self, task: &Task) -> Duration {
        let base = self.setup.limits.backoff.saturating_mul(1 << task.tries.min(10));
        let spread = blake3::hash(task.url.as_str().as_bytes()).as_bytes().first().copied().unwrap_or(0);
        (base + base.mul_f64(f64::from(spread) / 1024.0)).min(self.setup.limits.longest_wait)
    }

    /// Fails all tasks that are left of a host with too many consecutive faults.
    fn abandon_failing(&self, queue: &mut Queue, host_key: &str) {
        let limit = self.setup.limits.faults;
        let Some(host) = queue.hosts.get_mut(host_key).filter(|host| host.faults >= limit) else {
            return;
        };
        let left: Vec<Task> = host.tasks.drain(..).chain(std::mem::take(&mut host.retries)).collect();
        for task in left {
            self.report(queue, &task, Err(Fault::HostDown { faults: limit }));
        }
    }
}

/// Why robots.txt keeps a task from being requested; none if it may be requested.
fn refusal(task: &Task, policy: &RobotsPolicy) -> Option<Fault> {
    match policy {
        RobotsPolicy::Unreachable { fault, .. } => Some(fault.clone()),
        RobotsPolicy::Known(robots) if robots.allows(&discover::path_and_query(&task.url)) => None,
        RobotsPolicy::Known(_) => Some(Fault::Robots),
    }
}

/// Parses `Retry-After`, seconds or an HTTP date, into the time from now.
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
