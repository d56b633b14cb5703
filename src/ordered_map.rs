//! A parallel map with ordered results: items are worked on by several threads, and their results come out in the order
//! of the items. The items in flight are limited by their bytes.
//!
//! Each thread takes an item, or a batch of small ones, works on it and submits the result. The thread that submits the
//! next result in order drains all that are ready. So no dedicated thread has to be woken, and as many threads are busy
//! as there is parallel work.

use crate::error::Error;
use std::collections::VecDeque;
use std::iter::Peekable;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of items being worked on for each thread, the largest item not counted. Pages of megabytes sometimes come in a
/// row, and each is held several times over while it becomes a record. Small items proceed beside a single large one.
const BYTES: u64 = 1 << 20;

/// In flight may be this many times the bytes being worked on: finished results wait for an earlier item, and a large
/// one takes as long as hundreds of others.
const WAITING: u64 = 8;

/// The minimum that an item counts for, in bytes: its overhead beside the body.
const LEAST: u64 = BYTES / 32;

/// Maximum bytes and number of items of a batch. Threads that take small items one by one mostly wait for the
/// lock.
const BATCH: (u64, usize) = (LEAST / 8, 32);

/// What an item of unknown size counts for, in bytes: small enough that each thread has several in flight and a slow
/// one doesn't leave the others idle.
const UNKNOWN: u64 = BYTES / 16;

/// Runs `work` over `items` on `jobs` threads and passes each result to `sink` in the order of the items. Each thread
/// creates its own tool (a worker process, a file handle) with `tool`. With one job all work is done on the caller's
/// thread.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn par_map_ordered<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = T> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    sink: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    par_map_ordered_weighted(jobs, items.map(|item| (UNKNOWN, item)), (tool, work), sink)
}

/// Like [`par_map_ordered`], for items with their sizes in bytes: large ones wait for each other.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn par_map_ordered_weighted<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = (u64, T)> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    mut sink: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let source = Mutex::new((0..).zip(Batches(items.peekable())).fuse());
    let sink_batch = |results: Vec<R>| results.into_iter().try_for_each(&mut sink);
    let reorder = Reorder::new(jobs.max(1) as u64 * BYTES, sink_batch);
    let serve = || {
        let _guard = EndsOnPanic(&reorder);
        let mut tool = tool();
        while let Some((number, batch)) = take(&source, &reorder) {
            reorder.submit(number, batch.into_iter().map(|item| work(&mut tool, item)).collect());
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(serve);
        }
        serve();
    });
    reorder.result()
}

/// Groups consecutive small items. Yields batches with the bytes that they count for.
struct Batches<I: Iterator>(Peekable<I>);

impl<T, I: Iterator<Item = (u64, T)>> Iterator for Batches<I> {
    type Item = (u64, Vec<T>);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut bytes, first) = self.0.next()?;
        let (mut batch, mut counts) = (vec![first], bytes.max(LEAST));
        while bytes < BATCH.0 && batch.len() < BATCH.1 {
            let Some((more, item)) = self.0.next_if(|(more, _)| bytes + more < BATCH.0) else { break };
            bytes += more;
            counts += LEAST;
            batch.push(item);
        }
        Some((counts, batch))
    }
}

/// Returns the next item and its number once there is room for it; none when there are no more, or the work is over. A
/// thread that waits for room holds the source's lock, so no other thread overtakes it.
fn take<T, R, S>(source: &Mutex<impl Iterator<Item = (u64, (u64, T))>>, reorder: &Reorder<R, S>) -> Option<(u64, T)> {
    let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
    if reorder.state().is_over() {
        return None;
    }
    let (number, (bytes, item)) = source.next()?;
    reorder.wait_for_room(bytes).then_some((number, item))
}

/// Restores the order of results and limits the items in flight.
struct Reorder<R, S> {
    /// Maximum number of bytes being worked on, the largest item not counted.
    room: u64,
    state: Mutex<State<R, S>>,
    /// Notified when a result is submitted or drained, and when the work is over.
    changed: Condvar,
}

struct State<R, S> {
    /// The items in flight, in order: taken, and their result not yet drained.
    in_flight: VecDeque<InFlight<R>>,
    /// The number of the first item in flight.
    first: u64,
    /// Accepts results. None while a thread drains results, and after an error.
    sink: Option<S>,
    ended: Option<Result<(), Error>>,
}

struct InFlight<R> {
    bytes: u64,
    progress: Progress<R>,
}

enum Progress<R> {
    Working,
    Done(R),
    /// The sink has the result and hasn't returned.
    Draining,
}

impl<R> InFlight<R> {
    fn is_working(&self) -> bool {
        matches!(self.progress, Progress::Working)
    }
}

/// The sum of these sizes and a new one, without the largest of them.
fn sum_but_largest(sizes: impl Iterator<Item = u64>, new: u64) -> u64 {
    let (sum, largest) = sizes.fold((new, new), |(sum, largest), bytes| (sum + bytes, bytes.max(largest)));
    sum - largest
}

impl<R, S> State<R, S> {
    fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Returns true if another item of this size fits beside those in flight.
    fn has_room(&self, room: u64, bytes: u64) -> bool {
        let working = self.in_flight.iter().filter(|item| item.is_working()).map(|item| item.bytes);
        let all = self.in_flight.iter().map(|item| item.bytes);
        sum_but_largest(working, bytes) <= room && sum_but_largest(all, bytes) <= WAITING * room
    }

    /// Stores the result of an item in flight.
    fn set_done(&mut self, number: u64, result: R) {
        let at = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        if let Some(item) = self.in_flight.get_mut(at) {
            item.progress = Progress::Done(result);
        }
    }

    /// Takes the next result in order, if it is there.
    fn take_ready(&mut self) -> Option<R> {
        let progress = &mut self.in_flight.front_mut()?.progress;
        match std::mem::replace(progress, Progress::Draining) {
            Progress::Done(result) => Some(result),
            other => {
                *progress = other;
                None
            }
        }
    }

    /// Removes the first item, whose result the sink has accepted.
    fn remove_first(&mut self) {
        self.first += 1;
        self.in_flight.pop_front();
    }
}

impl<R, S> Reorder<R, S> {
    fn new(room: u64, sink: S) -> Self {
        let state = State { in_flight: VecDeque::new(), first: 0, sink: Some(sink), ended: None };
        Self { room, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<R, S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until an item of this size fits, and adds it to those in flight. Returns false if the work is over.
    fn wait_for_room(&self, bytes: u64) -> bool {
        let must_wait = |state: &mut State<R, S>| !state.is_over() && !state.has_room(self.room, bytes);
        let mut state = self.changed.wait_while(self.state(), must_wait).unwrap_or_else(PoisonError::into_inner);
        state.in_flight.push_back(InFlight { bytes, progress: Progress::Working });
        !state.is_over()
    }

    fn end(&self, why: Result<(), Error>) {
        self.state().ended.get_or_insert(why);
        self.changed.notify_all();
    }

    fn result(self) -> Result<(), Error> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).ended.unwrap_or(Ok(()))
    }
}

impl<R, S: FnMut(R) -> Result<(), Error>> Reorder<R, S> {
    /// Submits a result and drains all that are next in order, unless another thread is already draining; that thread
    /// will pick this one up.
    fn submit(&self, number: u64, result: R) {
        let mut state = self.state();
        state.set_done(number, result);
        self.changed.notify_all();
        let Some(mut sink) = state.sink.take() else { return };
        while let Some(result) = state.take_ready() {
            drop(state);
            if let Err(error) = sink(result) {
                return self.end(Err(error));
            }
            state = self.state();
            state.remove_first();
            self.changed.notify_all();
        }
        state.sink = Some(sink);
    }
}

/// Ends the work after a panic, so that no thread waits for a result that never comes.
struct EndsOnPanic<'r, R, S>(&'r Reorder<R, S>);

impl<R, S> Drop for EndsOnPanic<'_, R, S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.end(Ok(()));
        }
    }
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
        par_map_ordered(4, 0..200, (|| (), slow_first), |n| {
            out.push(n);
            Ok(())
        })
        .unwrap();
        assert_eq!(out, (0..200).collect::<Vec<u64>>());
    }

    #[test]
    fn large_items_wait_for_each_other() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        #[derive(Default)]
        struct Count(AtomicUsize, AtomicUsize);
        impl Count {
            fn more(&self) {
                self.1.fetch_max(self.0.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            }
            fn less(&self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
            fn most(&self) -> usize {
                self.1.load(Ordering::SeqCst)
            }
        }
        let (there, at_work) = (Count::default(), Count::default());
        let items = (0..40).map(|n| (4 * BYTES + 1 + n, n)).inspect(|_| there.more());
        let work = |(): &mut (), n: u64| {
            at_work.more();
            std::thread::yield_now();
            at_work.less();
            n
        };
        let mut out = Vec::new();
        par_map_ordered_weighted(4, items, (|| (), work), |n| {
            out.push(n);
            there.less();
            Ok(())
        })
        .unwrap();
        assert_eq!(out, (0..40).collect::<Vec<u64>>());
        assert_eq!(at_work.most(), 1);
        // The largest, those that may wait beside it, and one that waits for room.
        let waiting = usize::try_from(WAITING).unwrap();
        assert!(there.most() < 1 + waiting + 1, "{}", there.most());
    }

    #[test]
    fn small_items_proceed_beside_a_large_one() {
        let (done, small) = std::sync::mpsc::channel();
        let small = Mutex::new(small);
        let work = |(): &mut (), n: u64| match n {
            0 => small.lock().unwrap().recv_timeout(std::time::Duration::from_mins(1)).is_ok(),
            _ => n < 3 || done.send(()).is_ok(),
        };
        let items = (0..4).map(|n| (if n == 0 { 100 * BYTES } else { 1 }, n));
        let mut all = Vec::new();
        par_map_ordered_weighted(2, items, (|| (), work), |passed| {
            all.push(passed);
            Ok(())
        })
        .unwrap();
        assert_eq!(all, [true; 4]);
    }

    #[test]
    fn small_items_are_batched_and_their_results_come_one_by_one() {
        let items = || (0..1_000_u64).map(|n| (if n % 50 == 49 { BYTES } else { n % 3 }, n));
        let batches: Vec<usize> = Batches(items().peekable()).map(|(_, batch)| batch.len()).collect();
        assert!(batches.len() < 100 && batches.iter().all(|length| *length <= BATCH.1), "{batches:?}");
        let mut out = Vec::new();
        let result = par_map_ordered_weighted(3, items(), (|| (), |(): &mut (), n| n), |n| {
            out.push(n);
            if n < 700 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
        assert_eq!(out, (0..=700).collect::<Vec<u64>>());
    }

    #[test]
    fn an_error_of_the_sink_ends_an_endless_input() {
        let result = par_map_ordered(2, 0_u64.., (|| (), |(): &mut (), n| n), |n| {
            if n < 50 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
    }

    #[test]
    fn a_panic_at_work_reaches_the_caller_and_no_thread_waits_for_its_result() {
        let work = |(): &mut (), n: u64| {
            assert!(n != 30, "the thirtieth");
            n
        };
        let run = || par_map_ordered(3, 0_u64.., (|| (), work), |_| Ok(()));
        assert!(std::panic::catch_unwind(run).is_err());
    }

    #[test]
    fn a_single_job_runs_on_the_callers_thread() {
        let own = std::thread::current().id();
        let work = |(): &mut (), _| std::thread::current().id();
        let same = |id| if id == own { Ok(()) } else { Err(Error::Usage { message: "another".to_owned() }) };
        par_map_ordered(1, 0..3, (|| (), work), same).unwrap();
    }
}
