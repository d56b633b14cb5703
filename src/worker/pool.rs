//! Many workers, one order: results come out as the requests went in, and no more than a window of them is in memory.

use super::{Limits, Request, Worker};
use crate::error::Error;
use crate::record::Document;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Requests under way for each worker: enough that a slow page doesn't idle the others, few enough to bound memory.
const WINDOW: usize = 16;

/// An item on its way: its place in the order, what the caller wants back, and what there is to parse.
type Job<T> = (u64, T, Option<Request>);
type Done<T> = (u64, T, Option<Result<Document, Error>>);

/// How far the results have been taken; the feeder waits on it.
#[derive(Default)]
struct Gate {
    taken: Mutex<u64>,
    moved: Condvar,
}

impl Gate {
    fn wait_for(&self, place: u64, window: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while place >= taken.saturating_add(window) {
            taken = self.moved.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn advance(&self, to: u64) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = to;
        self.moved.notify_all();
    }
}

/// Parses what `items` yields in `jobs` worker processes and hands each result to `sink` in the order of the items.
/// An item without a request passes through unparsed.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn parse_in_order<T: Send>(
    jobs: usize,
    limits: &Limits,
    items: impl Iterator<Item = (T, Option<Request>)> + Send,
    mut sink: impl FnMut(T, Option<Result<Document, Error>>) -> Result<(), Error>,
) -> Result<(), Error> {
    let jobs = jobs.max(1);
    let window = (jobs * WINDOW) as u64;
    let gate = Gate::default();
    let (to_workers, queue) = sync_channel::<Job<T>>(jobs);
    // Owned by the workers alone: when all have gone the feeder's next send fails instead of waiting for ever.
    let queue = Arc::new(Mutex::new(queue));
    let (to_sink, results) = sync_channel::<Done<T>>(jobs * WINDOW);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (queue, to_sink) = (Arc::clone(&queue), to_sink.clone());
            scope.spawn(move || work(limits, &queue, &to_sink));
        }
        drop((queue, to_sink));
        let gate_of_feeder = &gate;
        scope.spawn(move || {
            for (place, (item, request)) in (0..).zip(items) {
                gate_of_feeder.wait_for(place, window);
                if to_workers.send((place, item, request)).is_err() {
                    break;
                }
            }
        });
        let result = take_in_order(&results, &gate, &mut sink);
        // After an error the feeder must not wait for a place that never comes, nor the workers for a reader.
        gate.advance(u64::MAX);
        drop(results);
        result
    })
}

fn work<T>(limits: &Limits, queue: &Mutex<Receiver<Job<T>>>, to_sink: &SyncSender<Done<T>>) {
    let mut worker = Worker::new(limits.clone());
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, item, request)) = job else {
            break;
        };
        let result = request.map(|request| worker.parse(&request));
        if to_sink.send((place, item, result)).is_err() {
            break;
        }
    }
}

fn take_in_order<T>(
    results: &Receiver<Done<T>>,
    gate: &Gate,
    sink: &mut impl FnMut(T, Option<Result<Document, Error>>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (place, item, result) in results {
        waiting.insert(place, (item, result));
        while let Some((item, result)) = waiting.remove(&next) {
            sink(item, result)?;
            next += 1;
            gate.advance(next);
        }
    }
    Ok(())
}
