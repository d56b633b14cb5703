//! Kills a program at a moment that the test chooses.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// Waits until `moment` returns true or the program ends. Kills the program in the first case and returns its exit
/// status in the second.
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
