//! Says how far a run is, to whoever waits for it.

use crate::FetchProgress;
use crate::crawl::Crawl;
use crate::queue::Queue;
use std::time::{Duration, Instant};

/// Time between two calls of the observer. Counting hosts for each page would cost more than people can see.
const INTERVAL: Duration = Duration::from_millis(100);

impl Crawl<'_> {
    /// Calls the observer, unless it was called just before.
    pub(super) fn observe(&self, queue: &mut Queue) {
        let now = Instant::now();
        if queue.observed.is_some_and(|at| now.saturating_duration_since(at) < INTERVAL) {
            return;
        }
        queue.observed = Some(now);
        let rests = |at: Option<Instant>| at.is_some_and(|at| at > now);
        let with_work = || queue.hosts.values().filter(|h| !(h.tasks.is_empty() && h.retries.is_empty()));
        (self.observer)(&FetchProgress {
            active_hosts: queue.hosts.values().filter(|host| host.in_flight > 0).count(),
            resting_hosts: with_work().filter(|host| host.in_flight == 0 && rests(host.not_before)).count(),
            known: queue.progress.known.max(queue.progress.captured + queue.progress.failed),
            ..queue.progress
        });
    }
}
