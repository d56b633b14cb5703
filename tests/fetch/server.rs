//! A server whose behaviour the test defines, and a folder to fetch into.

use sanad_fetch::{Clock, Fault, FetchOutcome, FetchReport, FetchedKind, Limits, Plan, Setup, run};
use sanad_warc::{Entry, Reader};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that answers each request with a function, and records its path and header.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) seen: Arc<Mutex<Vec<(String, String)>>>,
}

pub(crate) type Behaviour = fn(&str, &str, usize, &mut TcpStream) -> std::io::Result<()>;

impl Server {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || serve(stream, &noted, behaviour));
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(p, _)| p.clone()).filter(|p| p != "/robots.txt").collect()
    }

    pub(crate) fn header_of(&self, path: &str) -> String {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .rev()
            .find(|(p, _)| p == path)
            .map(|(_, h)| h.to_lowercase())
            .unwrap_or_default()
    }
}

pub(crate) fn serve(mut stream: TcpStream, seen: &Mutex<Vec<(String, String)>>, behaviour: Behaviour) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        head.push_str(&line);
        line.clear();
    }
    let path = head.split(' ').nth(1).unwrap_or("").to_owned();
    let nth = {
        let mut seen = seen.lock().unwrap();
        seen.push((path.clone(), head.clone()));
        seen.iter().filter(|(p, _)| *p == path).count()
    };
    // Some tests expect the client to disconnect in the middle of an answer.
    behaviour(&path, &head, nth, &mut stream).ok();
}

pub(crate) fn page(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Serves a page for every path, and no robots.txt.
pub(crate) fn plain(path: &str, _: &str, _: usize, stream: &mut TcpStream) -> std::io::Result<()> {
    match path {
        "/robots.txt" => page(stream, "404 Not Found", "", ""),
        _ => page(stream, "200 OK", "", &format!("<p>{path}</p>")),
    }
}

pub(crate) struct Place {
    pub(crate) raw: tempfile::TempDir,
    pub(crate) setup: Setup,
}

impl Place {
    pub(crate) fn new() -> Self {
        let raw = tempfile::tempdir().unwrap();
        let limits = Limits {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_millis(700),
            total: Duration::from_millis(1_500),
            body: 100_000,
            header: 8_192,
            redirects: 3,
            retries: 1,
            backoff: Duration::from_millis(10),
            longest_wait: Duration::from_secs(3),
            ..Limits::default()
        };
        let state = raw.path().join(".fetch");
        let setup = Setup {
            user_agent: "Sanad/test".to_owned(),
            limits,
            parallel: 8,
            full_every: 3,
            state,
            taken_down: BTreeSet::new(),
            clock: Clock::System,
        };
        Self { raw, setup }
    }

    pub(crate) fn run(&self, name: &str, plan: &Plan) -> FetchReport {
        run(std::slice::from_ref(plan), &self.setup, self.raw.path(), name).unwrap()
    }

    pub(crate) fn captures(&self) -> Vec<Entry> {
        let mut files: Vec<_> =
            std::fs::read_dir(self.raw.path()).unwrap().flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
        files.sort();
        files.iter().flat_map(|f| entries(f)).collect()
    }
}

impl Drop for Place {
    /// Copies the captures for other programs to check, if a folder for them is named.
    fn drop(&mut self) {
        keep_captures(self.raw.path());
    }
}

/// Copies capture files to the folder that `SANAD_TEST_WARCS` names.
pub(crate) fn keep_captures(raw: &Path) {
    let Some(folder) = std::env::var_os("SANAD_TEST_WARCS") else { return };
    let place = raw.to_string_lossy().replace('/', "_");
    for file in std::fs::read_dir(raw).into_iter().flatten().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".warc.gz") {
            std::fs::copy(file.path(), Path::new(&folder).join(format!("{place}-{name}"))).unwrap();
        }
    }
}

pub(crate) fn entries(file: &Path) -> Vec<Entry> {
    let mut reader = Reader::open(file, "x.warc.gz", 10 << 20).unwrap();
    std::iter::from_fn(|| reader.next_entry()).collect()
}

pub(crate) fn plan(start: &[String]) -> Plan {
    Plan {
        id: "test".to_owned(),
        start: start.to_vec(),
        allow_private: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        ..Plan::default()
    }
}

pub(crate) fn of<'r>(report: &'r FetchReport, end: &str) -> &'r FetchOutcome {
    report.outcomes.iter().find(|o| o.url.ends_with(end)).unwrap_or_else(|| panic!("{end}: {report:#?}"))
}

pub(crate) fn kind(report: &FetchReport, end: &str) -> FetchedKind {
    of(report, end).result.as_ref().unwrap_or_else(|e| panic!("{end}: {e}")).kind
}

pub(crate) fn code(report: &FetchReport, end: &str) -> &'static str {
    of(report, end).result.as_ref().err().map_or("none", Fault::code)
}
