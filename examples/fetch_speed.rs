//! Measures how close fetching comes to the least time that politeness allows, and how much memory it uses.
//!
//! ```sh
//! cargo run --release --example fetch_speed -- [HOSTS [PAGES [DELAY_SECONDS]]]
//! ```
//!
//! A server in a separate process answers after 200 ms. It listens on one loopback address per host (50 hosts by
//! default), each with the same number of pages (20). Fetching must keep the delay (1 s) between two requests to a
//! host, including the one for robots.txt. Prints the time, the sum of the delays per host, and the peak memory of the
//! fetching process.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for the developer")]

use sanad_fetch::{Plan, Setup, run};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Time before each answer of the server.
const LATENCY: Duration = Duration::from_millis(200);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == "serve") {
        return serve();
    }
    let number = |at: usize, default: f64| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (hosts, pages, delay) = (number(0, 50.0), number(1, 20.0), number(2, 1.0));
    let mut server =
        Command::new(std::env::current_exe().unwrap()).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let plans: Vec<Plan> = numbers(hosts).map(|n| plan(n, port.trim(), numbers(pages), delay)).collect();
    let raw = tempfile::tempdir().unwrap();
    let setup = Setup::new("", raw.path());
    let begun = Instant::now();
    let report = run(&plans, &setup, raw.path(), "speed").unwrap();
    let took = begun.elapsed().as_secs_f64();
    server.kill().unwrap();
    server.wait().unwrap();
    let fetched = report.outcomes.iter().filter(|o| o.result.is_ok()).count();
    let demanded = pages * delay;
    println!("{fetched} pages of {hosts} hosts, {} ms latency, {delay} s delay", LATENCY.as_millis());
    println!("time    {took:.1} s, {:.2} times the {demanded:.1} s of the delays alone", took / demanded);
    println!("memory  {} MB at the peak", peak_kilobytes().unwrap_or_default() / 1024);
}

/// The numbers from 1 to `count`, at most 255: they are parts of IPv4 addresses.
fn numbers(count: f64) -> impl Iterator<Item = u8> {
    (1..=u8::MAX).take_while(move |n| f64::from(*n) <= count)
}

fn plan(host: u8, port: &str, pages: impl Iterator<Item = u8>, delay: f64) -> Plan {
    let host = format!("127.0.1.{host}");
    Plan {
        id: host.clone(),
        hosts: vec![host.clone()],
        start: pages.map(|n| format!("http://{host}:{port}/page/{n}")).collect(),
        delay: Duration::from_secs_f64(delay),
        allow_private: vec![host],
        ..Plan::default()
    }
}

/// Peak memory of this process in kilobytes; none except on Linux.
fn peak_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

fn serve() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || answer(stream));
    }
}

fn answer(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    std::thread::sleep(LATENCY);
    let body =
        format!("<title>{first}</title>{}", "<p>A paragraph of some length, as pages have them.</p>".repeat(400));
    let status = if first.contains("/robots.txt") { "404 Not Found" } else { "200 OK" };
    // If the client has gone, nobody needs the answer.
    drop(write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}
