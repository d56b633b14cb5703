//! Ctrl-C and SIGTERM: the program says what was done, and stops.
//!
//! Nothing is cleaned up. What is on disk is as after a kill, which every command withstands, so there is only one way to
//! stop that has to work.

use super::output::notify;
use crate::error::Error;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a shell adds to a signal's number.
const OF_SIGNAL: i32 = 128;

/// From now on the first signal prints what `describe` returns and ends the program with 130 or 143. A second one ends it at
/// once, whatever the first is busy with.
///
/// # Errors
/// [`Error::Io`] if the system refuses to deliver signals.
pub(super) fn watch(describe: impl FnOnce() -> String + Send + 'static) -> Result<(), Error> {
    let fault = |e: std::io::Error| Error::io(Path::new("signals"), "watch", &e);
    let is_second = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, OF_SIGNAL + signal, Arc::clone(&is_second)).map_err(fault)?;
        flag::register(signal, Arc::clone(&is_second)).map_err(fault)?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(fault)?;
    let work = move || {
        if let Some(signal) = signals.forever().next() {
            notify(&format!("sanad: {}", describe()));
            std::process::exit(OF_SIGNAL + signal);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(work).map(drop).map_err(fault)
}
