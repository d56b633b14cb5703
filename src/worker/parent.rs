//! The parent's side of a worker: starts it, sends requests, enforces the time limit, replaces it.

use super::limits::Limits;
use super::payload;
use super::protocol::{read_frame, write_frames};
use crate::error::{Error, WorkerFault};
use crate::worker::protocol::Header;
use sanad_document::{Document, SiteRules, Warning};
use std::io::Read;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Bytes kept of a dying worker's standard error.
const LAST_WORDS: usize = 4096;

/// Settings of a worker's allocator. By default it would reserve a gigabyte of address space, all that the limit
/// allows. An eighth of that (in kilobytes) is enough for nearly all pages. Freed memory is kept for the next page for
/// a second (in milliseconds) before it is returned to the system, which saves a twentieth of a batch's processor
/// time.
const ALLOCATOR: [(&str, &str); 2] = [("MIMALLOC_ARENA_RESERVE", "131072"), ("MIMALLOC_PURGE_DELAY", "1000")];

/// A body to parse.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The body as received.
    pub body: Vec<u8>,
    /// Its address.
    pub url: Option<String>,
    /// `Content-Type` it was served with.
    pub content_type: Option<String>,
    /// `Content-Encoding` that hasn't been undone yet.
    pub content_coding: Option<String>,
    /// Headers it was served with that say something of the document.
    pub headers: Vec<(String, String)>,
    /// Rules of its site.
    pub site: Option<SiteRules>,
    /// Whether places in HTML get their source lines.
    pub lines: bool,
    /// Whether the server answered with an error status: then it isn't the document, whatever it looks like.
    pub is_error: bool,
    /// Warnings known before parsing.
    pub warnings: Vec<Warning>,
}

/// A worker process, started on first use and again after it had to be stopped.
pub struct Worker {
    limits: Limits,
    running: Option<Running>,
}

struct Running {
    watched: Arc<Mutex<Watched>>,
    input: ChildStdin,
    output: ChildStdout,
    last_words: Arc<Mutex<Vec<u8>>>,
}

/// The state shared with the watchdog.
struct Watched {
    child: Child,
    /// When it began to parse the current body.
    since: Option<Instant>,
    /// The watchdog stopped it.
    is_late: bool,
}

/// Why a worker didn't answer.
enum Silence {
    Late,
    Dead,
}

impl Worker {
    /// A worker that isn't started yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, running: None }
    }

    /// Parses a body to its document.
    ///
    /// # Errors
    /// The parser's error, or the limit that was exceeded.
    pub fn parse(&mut self, request: &Request) -> Result<Document, Error> {
        payload::document(&self.read(request, true)?).map_err(|e| unreadable(&e))?
    }

    /// Parses one body, and gives what came of it in one piece ([`packed`]).
    ///
    /// A worker that dies is replaced and the body tried once more in the fresh one, so that the outcome never
    /// depends on what the process had parsed before.
    ///
    /// # Errors
    /// The limit that was passed. What the parser says is in what it gives.
    pub(crate) fn pack(&mut self, request: &Request) -> Result<Vec<u8>, Error> {
        self.read(request, false)
    }

    fn read(&mut self, request: &Request, alone: bool) -> Result<Vec<u8>, Error> {
        if request.body.len() as u64 > self.limits.body_bytes {
            return Err(sanad_decode::Error::TooLarge { limit: self.limits.body_bytes }.into());
        }
        let was_fresh = self.running.is_none();
        match self.read_once(request, alone) {
            Err(Error::Worker(WorkerFault::Memory { .. } | WorkerFault::Died { .. })) if !was_fresh => {
                self.read_once(request, alone)
            }
            result => result,
        }
    }

    fn read_once(&mut self, request: &Request, alone: bool) -> Result<Vec<u8>, Error> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.limits)?,
        };
        let header = Header {
            url: request.url.clone(),
            content_type: request.content_type.clone(),
            content_coding: request.content_coding.clone(),
            headers: request.headers.clone(),
            site: request.site.clone(),
            lines: request.lines,
            alone,
            is_error: request.is_error,
            warnings: request.warnings.clone(),
            megabytes: self.limits.megabytes,
        };
        match running.ask(&header, &request.body) {
            Ok(bytes) => {
                self.running = Some(running);
                Ok(bytes)
            }
            Err(Silence::Late) => {
                running.stop();
                Err(WorkerFault::Timeout { seconds: self.limits.seconds }.into())
            }
            Err(Silence::Dead) => Err(running.obituary(self.limits.megabytes)),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

/// Enlarges a pipe to hold a whole page, so that the two processes wait for each other less often.
#[cfg(target_os = "linux")]
fn widen(pipe: &impl std::os::fd::AsFd) {
    /// What Linux allows unprivileged processes.
    const BYTES: usize = 1 << 20;
    if let Err(error) = rustix::pipe::fcntl_setpipe_size(pipe, BYTES) {
        tracing::debug!(%error, "a worker's pipe stays as it is");
    }
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_: &T) {}

impl Running {
    fn start(limits: &Limits) -> Result<Self, Error> {
        let mut child = Command::new(&limits.program)
            .arg(super::limits::COMMAND)
            .envs(ALLOCATOR)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| Error::io(&limits.program, "start", &e))?;
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(died("it has no pipes"));
        };
        widen(&input);
        widen(&output);
        let watched = Arc::new(Mutex::new(Watched { child, since: None, is_late: false }));
        let (seen, limit) = (Arc::downgrade(&watched), Duration::from_secs(limits.seconds));
        std::thread::spawn(move || watch(&seen, limit));
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&last_words);
        std::thread::spawn(move || listen(errors, &heard));
        Ok(Self { watched, input, output, last_words })
    }

    fn ask(&mut self, header: &Header, body: &[u8]) -> Result<Vec<u8>, Silence> {
        self.watched().since = Some(Instant::now());
        let answer = serde_json::to_vec(header)
            .map_err(std::io::Error::other)
            .and_then(|head| write_frames(&mut self.input, &[&head, body]))
            .and_then(|()| read_frame(&mut self.output));
        let mut watched = self.watched();
        watched.since = None;
        match answer {
            // Even if it answered at the last moment: it was stopped, and the next body must not suffer for it.
            _ if watched.is_late => Err(Silence::Late),
            Ok(Some(bytes)) => Ok(bytes),
            _ => Err(Silence::Dead),
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(self) {
        // It may have ended already; either way nothing more can be done.
        let child = &mut self.watched().child;
        drop(child.kill());
        drop(child.wait());
    }

    /// Why it died, judging by its exit status and last words.
    fn obituary(self, megabytes: u64) -> Error {
        let status = self.watched().child.wait().map_or_else(|e| e.to_string(), |s| s.to_string());
        // The thread that reads standard error ends with the pipe; give it a moment to store the last words.
        for _ in 0..50 {
            if Arc::strong_count(&self.last_words) == 1 {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let words = String::from_utf8_lossy(&words);
        if words.contains("memory allocation of") || words.contains("out of memory") {
            return WorkerFault::Memory { megabytes }.into();
        }
        if words.contains("overflowed its stack") {
            return died("stack overflow");
        }
        died(&status)
    }
}

/// Stops a worker that exceeds the time limit, and ends with it. It wakes nobody while all is well.
fn watch(watched: &Weak<Mutex<Watched>>, limit: Duration) {
    let step = (limit / 8).clamp(Duration::from_millis(10), Duration::from_secs(1));
    loop {
        std::thread::sleep(step);
        let Some(watched) = watched.upgrade() else { break };
        let mut watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.since.is_some_and(|since| since.elapsed() >= limit) {
            watched.is_late = true;
            drop(watched.child.kill());
            break;
        }
    }
}

fn listen(mut errors: impl Read, heard: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count) = errors.read(&mut buffer) {
        if count == 0 {
            break;
        }
        let mut words = heard.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let extra = words.len().saturating_sub(LAST_WORDS);
        words.drain(..extra);
    }
}

fn unreadable(error: &std::io::Error) -> Error {
    died(&format!("its answer can't be read: {error}"))
}

fn died(cause: &str) -> Error {
    WorkerFault::Died { cause: cause.to_owned() }.into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_worker_that_neither_reads_nor_answers_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("silent");
        std::fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let limits = Limits { program, seconds: 1, megabytes: 1024, body_bytes: 64 << 20 };
        let request = Request { body: vec![b'a'; 4 << 20], ..Request::default() }; // more than a pipe holds
        let began = Instant::now();
        let answer = Worker::new(limits).pack(&request);
        assert_eq!(answer.unwrap_err(), WorkerFault::Timeout { seconds: 1 }.into());
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
