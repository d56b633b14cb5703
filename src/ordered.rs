//! Work on many threads, results in one order: they come out as the items went in, and no more than a window of them is
//! in memory at a time, by number and by bytes.

use crate::error::Error;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Items under way for each thread: enough that a slow one doesn't idle the others, few enough to bound memory.
const WINDOW: usize = 16;

/// Bytes of items under way that more are waited with: pages of megabytes come in a row now and then, and each is held
/// several times over while it becomes a record. A single item may have more.
const BYTES: u64 = 8 << 20;

/// What is under way; the feeder waits on it.
#[derive(Default)]
struct Gate {
    under_way: Mutex<UnderWay>,
    moved: Condvar,
}

#[derive(Default)]
struct UnderWay {
    /// Bytes of each item, in order.
    items: VecDeque<u64>,
    bytes: u64,
    /// Nobody takes results any more.
    is_over: bool,
}

impl Gate {
    /// Waits until there is room for an item of so many bytes.
    fn enter(&self, bytes: u64, window: usize) {
        let is_full = |now: &mut UnderWay| {
            let crowded = now.items.len() >= window || now.bytes.saturating_add(bytes) > BYTES;
            crowded && !now.items.is_empty() && !now.is_over
        };
        let now = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = self.moved.wait_while(now, is_full).unwrap_or_else(PoisonError::into_inner);
        now.items.push_back(bytes);
        now.bytes += bytes;
    }

    /// The first item has been taken.
    fn leave(&self) {
        let mut now = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = now.items.pop_front().unwrap_or_default();
        now.bytes -= bytes;
        self.moved.notify_all();
    }

    fn end(&self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
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
    sink: impl FnMut(R) -> Result<(), Error>,
) -> Result<(), Error> {
    map_weighed_in_order(jobs, items.map(|item| (0, item)), (tool, work), sink)
}

/// The same with items whose bytes are known, so that large ones wait for each other.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn map_weighed_in_order<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = (u64, T)> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    mut sink: impl FnMut(R) -> Result<(), Error>,
) -> Result<(), Error> {
    let jobs = jobs.max(1);
    let window = jobs * WINDOW;
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
            for (place, (bytes, item)) in (0..).zip(items) {
                gate_of_feeder.enter(bytes, window);
                if to_threads.send((place, item)).is_err() {
                    break;
                }
            }
        });
        let result = take_in_order(&results, &gate, &mut sink);
        // After an error the feeder must not wait for a place that never comes, nor the threads for a reader.
        gate.end();
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
            gate.leave();
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
    fn large_items_wait_for_each_other() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = (0..40).map(|n| (if n % 2 == 0 { BYTES } else { 1 }, n)).inspect(|_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        });
        let mut out = Vec::new();
        map_weighed_in_order(4, items, (|| (), |(): &mut (), n| n), |n| {
            out.push(n);
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        assert_eq!(out, (0..40).collect::<Vec<u64>>());
        // One is under way, one at the gate.
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[test]
    fn an_error_of_the_sink_ends_an_endless_input() {
        let result = map_in_order(2, 0_u64.., (|| (), |(): &mut (), n| n), |n| {
            if n < 50 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
    }
}
