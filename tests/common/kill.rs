//! A program that is killed at a moment of the test's choosing.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// Waits until the moment comes or the program ends, whichever is first; what still runs then is killed. Gives the status of
/// a program that ended by itself.
pub fn killed_when(child: &mut Child, mut moment: impl FnMut(Duration) -> bool) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if moment(begun.elapsed()) {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}
