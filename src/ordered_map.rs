//! Work on many threads, results in one order: they come out as the items went in, and no more than a window of them is
//! in memory at a time, by bytes.
//!
//! Each thread takes an item, or several small ones, works on it and hands the result in; who finds the next result there hands
//! on all that are ready.
//! Nothing waits for a thread of its own to be woken, and as many threads are busy as there is work to do side by side.

use crate::error::Error;
use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of items at work for each thread, the largest of them all aside: pages of megabytes come in a row now and then, and
/// each is held several times over while it becomes a record. Small ones go on beside a single large one.
const BYTES: u64 = 1 << 20;

/// So many times that may wait, worked on, for one before them: a large one takes as long as hundreds of others.
const WAITING: u64 = 8;

/// The least that an item counts for: there is more of it than its body.
const LEAST: u64 = BYTES / 32;

/// Small items go together, so many bytes and items at most: threads that take them one by one do little but wait for each other.
const LOT: (u64, usize) = (LEAST / 8, 32);

/// What an item counts for whose bytes aren't known: so many for each thread that a slow one doesn't idle the others.
const UNKNOWN: u64 = BYTES / 16;

/// Runs `work` over `items` on `jobs` threads and hands each result to `sink` in the order of the items. Each thread
/// makes its own tool (a worker process, a file handle) with `tool`; a single one is the caller's own.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn map_in_order<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = T> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    sink: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    map_weighed_in_order(jobs, items.map(|item| (UNKNOWN, item)), (tool, work), sink)
}

/// The same with items whose bytes are known, so that large ones wait for each other.
///
/// # Errors
/// The first error of `sink`; it ends the work.
pub fn map_weighed_in_order<T: Send, R: Send, W>(
    jobs: usize,
    items: impl Iterator<Item = (u64, T)> + Send,
    (tool, work): (impl Fn() -> W + Sync, impl Fn(&mut W, T) -> R + Sync),
    mut sink: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let source = Mutex::new((0..).zip(Lots(items.peekable())).fuse());
    let desk = Desk::new(jobs.max(1) as u64 * BYTES, |lot: Vec<R>| lot.into_iter().try_for_each(&mut sink));
    let serve = || {
        let _guard = EndsOnPanic(&desk);
        let mut tool = tool();
        while let Some((place, lot)) = take(&source, &desk) {
            desk.hand_in(place, lot.into_iter().map(|item| work(&mut tool, item)).collect());
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(serve);
        }
        serve();
    });
    desk.result()
}

/// Items with what they count for, small ones together.
struct Lots<I: Iterator>(Peekable<I>);

impl<T, I: Iterator<Item = (u64, T)>> Iterator for Lots<I> {
    type Item = (u64, Vec<T>);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut bytes, first) = self.0.next()?;
        let (mut lot, mut counts) = (vec![first], bytes.max(LEAST));
        while bytes < LOT.0 && lot.len() < LOT.1 {
            let Some((more, item)) = self.0.next_if(|(more, _)| bytes + more < LOT.0) else { break };
            bytes += more;
            counts += LEAST;
            lot.push(item);
        }
        Some((counts, lot))
    }
}

/// The next item and its place, once there is room for it. Whoever waits for room keeps the others from what comes after.
fn take<T, R, S>(source: &Mutex<impl Iterator<Item = (u64, (u64, T))>>, desk: &Desk<R, S>) -> Option<(u64, T)> {
    let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
    if desk.state().is_over() {
        return None;
    }
    let (place, (bytes, item)) = source.next()?;
    desk.has_room(bytes).then_some((place, item))
}

/// Where results are handed in, and handed on in order.
struct Desk<R, S> {
    /// Most bytes at work, the largest item aside.
    room: u64,
    state: Mutex<State<R, S>>,
    /// Something was handed on, or all is over.
    moved: Condvar,
}

struct State<R, S> {
    /// The items under way, in order.
    under_way: VecDeque<UnderWay>,
    /// The place of the result that is handed on next.
    next: u64,
    /// Results that came before it.
    early: BTreeMap<u64, R>,
    /// Takes results; not here while somebody hands results on, and after an error.
    sink: Option<S>,
    ended: Option<Result<(), Error>>,
}

/// An item that was taken and whose result wasn't handed on.
#[derive(Clone, Copy)]
struct UnderWay {
    bytes: u64,
    is_done: bool,
}

/// Bytes of all these items but the largest.
fn but_the_largest(items: impl Iterator<Item = UnderWay>) -> u64 {
    let (sum, most) = items.fold((0, 0), |(sum, most), item| (sum + item.bytes, item.bytes.max(most)));
    sum - most
}

impl<R, S> State<R, S> {
    fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether an item can go beside those under way.
    fn has(&self, room: u64, item: UnderWay) -> bool {
        let all = self.under_way.iter().copied().chain([item]);
        but_the_largest(all.clone().filter(|item| !item.is_done)) <= room && but_the_largest(all) <= WAITING * room
    }

    /// Takes a result in.
    fn put(&mut self, place: u64, result: R) {
        let at = usize::try_from(place - self.next).unwrap_or(usize::MAX);
        if let Some(item) = self.under_way.get_mut(at) {
            item.is_done = true;
        }
        self.early.insert(place, result);
    }

    /// The result whose turn it is, when it is there.
    fn ready(&mut self) -> Option<R> {
        self.early.remove(&self.next)
    }

    /// The first item has been handed on.
    fn leave(&mut self) {
        self.next += 1;
        self.under_way.pop_front();
    }
}

impl<R, S> Desk<R, S> {
    fn new(room: u64, sink: S) -> Self {
        let state =
            State { under_way: VecDeque::new(), next: 0, early: BTreeMap::new(), sink: Some(sink), ended: None };
        Self { room, state: Mutex::new(state), moved: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<R, S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for an item of so many bytes; whether it is to be worked on.
    fn has_room(&self, bytes: u64) -> bool {
        let item = UnderWay { bytes, is_done: false };
        let waits = |state: &mut State<R, S>| !state.is_over() && !state.has(self.room, item);
        let mut state = self.moved.wait_while(self.state(), waits).unwrap_or_else(PoisonError::into_inner);
        state.under_way.push_back(item);
        !state.is_over()
    }

    fn end(&self, why: Result<(), Error>) {
        self.state().ended.get_or_insert(why);
        self.moved.notify_all();
    }

    fn result(self) -> Result<(), Error> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).ended.unwrap_or(Ok(()))
    }
}

impl<R, S: FnMut(R) -> Result<(), Error>> Desk<R, S> {
    /// Hands in a result; and hands on those whose turn it is, unless somebody is about it, who will find this one too.
    fn hand_in(&self, place: u64, result: R) {
        let mut state = self.state();
        state.put(place, result);
        self.moved.notify_all();
        let Some(mut sink) = state.sink.take() else { return };
        while let Some(result) = state.ready() {
            drop(state);
            if let Err(error) = sink(result) {
                return self.end(Err(error));
            }
            state = self.state();
            state.leave();
            self.moved.notify_all();
        }
        state.sink = Some(sink);
    }
}

/// After a panic nobody must wait for a result that never comes.
struct EndsOnPanic<'d, R, S>(&'d Desk<R, S>);

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
        map_weighed_in_order(4, items, (|| (), work), |n| {
            out.push(n);
            there.less();
            Ok(())
        })
        .unwrap();
        assert_eq!(out, (0..40).collect::<Vec<u64>>());
        assert_eq!(at_work.most(), 1);
        // The largest, those that may wait beside it, one at the gate.
        let waiting = usize::try_from(WAITING).unwrap();
        assert!(there.most() < 1 + waiting + 1, "{}", there.most());
    }

    #[test]
    fn small_items_go_on_beside_a_large_one() {
        let (done, small) = std::sync::mpsc::channel();
        let small = Mutex::new(small);
        let work = |(): &mut (), n: u64| match n {
            0 => small.lock().unwrap().recv_timeout(std::time::Duration::from_mins(1)).is_ok(),
            _ => n < 3 || done.send(()).is_ok(),
        };
        let items = (0..4).map(|n| (if n == 0 { 100 * BYTES } else { 1 }, n));
        let mut all = Vec::new();
        map_weighed_in_order(2, items, (|| (), work), |passed| {
            all.push(passed);
            Ok(())
        })
        .unwrap();
        assert_eq!(all, [true; 4]);
    }

    #[test]
    fn small_items_go_together_and_come_out_one_by_one() {
        let items = || (0..1_000_u64).map(|n| (if n % 50 == 49 { BYTES } else { n % 3 }, n));
        let lots: Vec<usize> = Lots(items().peekable()).map(|(_, lot)| lot.len()).collect();
        assert!(lots.len() < 100 && lots.iter().all(|length| *length <= LOT.1), "{lots:?}");
        let mut out = Vec::new();
        let result = map_weighed_in_order(3, items(), (|| (), |(): &mut (), n| n), |n| {
            out.push(n);
            if n < 700 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
        assert_eq!(out, (0..=700).collect::<Vec<u64>>());
    }

    #[test]
    fn an_error_of_the_sink_ends_an_endless_input() {
        let result = map_in_order(2, 0_u64.., (|| (), |(): &mut (), n| n), |n| {
            if n < 50 { Ok(()) } else { Err(Error::Usage { message: "enough".to_owned() }) }
        });
        assert!(result.is_err());
    }

    #[test]
    fn a_panic_at_work_is_the_callers_and_nobody_waits_for_its_result() {
        let work = |(): &mut (), n: u64| {
            assert!(n != 30, "the thirtieth");
            n
        };
        let run = || map_in_order(3, 0_u64.., (|| (), work), |_| Ok(()));
        assert!(std::panic::catch_unwind(run).is_err());
    }

    #[test]
    fn a_single_thread_is_the_callers() {
        let own = std::thread::current().id();
        let work = |(): &mut (), _| std::thread::current().id();
        let same = |id| if id == own { Ok(()) } else { Err(Error::Usage { message: "another".to_owned() }) };
        map_in_order(1, 0..3, (|| (), work), same).unwrap();
    }
}
