//! Work on many threads, results in one order: they come out as the items went in, and no more than a window of them is
//! in memory at a time.

use crate::error::Error;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Items under way for each thread: enough that a slow one doesn't idle the others, few enough to bound memory.
const WINDOW: usize = 16;

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

/// Runs `work` over `items` on `jobs` threads and hands each result to `sink` in the order of the items. Each thread
/// makes its own tool (a worker process, a file handle) with `tool`.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn map_in_order<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = T> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    mut sink: impl FnMut(R) -> Result<(), Error>,
) -> Result<(), Error> {
    let jobs = jobs.max(1);
    let window = (jobs * WINDOW) as u64;
    let gate = Gate::default();
    let (to_threads, queue) = sync_channel::<(u64, T)>(jobs);
    // Owned by the threads alone: when all have gone the feeder's next send fails instead of waiting for ever.
    let queue = Arc::new(Mutex::new(queue));
    let (to_sink, results) = sync_channel::<(u64, R)>(jobs * WINDOW);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (queue, to_sink, tool, work) = (Arc::clone(&queue), to_sink.clone(), &tool, &work);
            scope.spawn(move || serve(&queue, &to_sink, &mut tool(), work));
        }
        drop((queue, to_sink));
        let gate_of_feeder = &gate;
        scope.spawn(move || {
            for (place, item) in (0..).zip(items) {
                gate_of_feeder.wait_for(place, window);
                if to_threads.send((place, item)).is_err() {
                    break;
                }
            }
        });
        let result = take_in_order(&results, &gate, &mut sink);
        // After an error the feeder must not wait for a place that never comes, nor the threads for a reader.
        gate.advance(u64::MAX);
        drop(results);
        result
    })
}

fn serve<T, R, W>(
    queue: &Mutex<Receiver<(u64, T)>>,
    to_sink: &SyncSender<(u64, R)>,
    tool: &mut W,
    work: &impl Fn(&mut W, T) -> R,
) {
    loop {
        let item = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, item)) = item else { break };
        if to_sink.send((place, work(tool, item))).is_err() {
            break;
        }
    }
}

fn take_in_order<R>(
    results: &Receiver<(u64, R)>,
    gate: &Gate,
    sink: &mut impl FnMut(R) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (place, result) in results {
        waiting.insert(place, result);
        while let Some(result) = waiting.remove(&next) {
            sink(result)?;
            next += 1;
            gate.advance(next);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let mut out = Vec::new();
        let slow_first = |(): &mut (), n: u64| {
            std::thread::sleep(std::time::Duration::from_micros(500 * (7 - n % 7)));
            n
        };
        map_in_order(4, 0..200, (|| (), slow_first), |n| {
            out.push(n);
            Ok(())
        })
        .unwrap();
        assert_eq!(out, (0..200).collect::<Vec<u64>>());
    }

    #[test]
    fn an_error_of_the_sink_ends_an_endless_input() {
        let result = map_in_order(2, 0_u64.., (|| (), |(): &mut (), n| n), |n| {
            if n < 50 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
    }
}
