//! The state of a run that its threads share.

use crate::client::Client;
use crate::queue::{DoneBefore, Queue, Task};
use crate::warc_store::WarcStore;
use crate::{Error, Fault, FetchReport, Fetched, Observer, Plan, Setup};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A run. Where both locks are needed, the queue's is taken before the store's.
pub(super) struct Crawl<'a> {
    pub(super) plans: &'a [Plan],
    pub(super) setup: &'a Setup,
    pub(super) observer: Observer<'a>,
    /// What this run did before it was stopped.
    pub(super) done_before: DoneBefore,
    clients: Vec<Result<Client<'a>, Fault>>,
    queue: Mutex<Queue>,
    store: Mutex<WarcStore>,
    changed: Condvar,
}

impl<'a> Crawl<'a> {
    /// A run with an empty queue.
    pub(super) fn new(plans: &'a [Plan], setup: &'a Setup, mut store: WarcStore, observer: Observer<'a>) -> Self {
        Self {
            plans,
            setup,
            observer,
            done_before: std::mem::take(&mut store.journal.done),
            clients: plans.iter().map(|plan| Client::new(setup, plan)).collect(),
            queue: Mutex::default(),
            store: Mutex::new(store),
            changed: Condvar::new(),
        }
    }

    /// The client of a plan.
    pub(super) fn client(&self, plan: usize) -> Result<&Client<'a>, Fault> {
        let unknown = || Fault::Forbidden { reason: "no such source".to_owned() };
        self.clients.get(plan).ok_or_else(unknown)?.as_ref().map_err(Clone::clone)
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self) -> MutexGuard<'_, WarcStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the queue until another thread changes it, for at most this long.
    pub(super) fn wait<'q>(&self, queue: MutexGuard<'q, Queue>, at_most: Duration) -> MutexGuard<'q, Queue> {
        self.changed.wait_timeout(queue, at_most).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Wakes the threads that wait for work.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Reports what became of a task.
    pub(super) fn report(&self, queue: &mut Queue, task: &Task, result: Result<Fetched, Fault>) {
        if let Some(plan) = self.plans.get(task.plan) {
            queue.report(&plan.id, task, result);
        }
    }

    /// Ends the run.
    ///
    /// # Errors
    /// The error that ended it early, or that of the journal's last lines.
    pub(super) fn into_report(self) -> Result<FetchReport, Error> {
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut store = self.store.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = queue.fatal {
            return Err(error);
        }
        for ((source, listing), since_full) in &queue.walks {
            store.record_walk(source, listing, *since_full)?;
        }
        let mut outcomes = queue.outcomes;
        outcomes.sort_by(|a, b| (&a.source, &a.url).cmp(&(&b.source, &b.url)));
        Ok(FetchReport { outcomes, files: store.files })
    }
}
