//! Whatever ends a run, the next run finishes its work. The files are then byte for byte those of an undisturbed run
//! with the same time and key. A run may end by SIGKILL at any moment, a full disk, or a read-only or forbidden folder;
//! the clock may go backwards.
//!
//! The long forms kill a run over 5,000 captures 100 times and fill 20 disks. Full disks need root, who may mount a
//! small file system:
//!
//! ```sh
//! cargo test --release --test main unbreakable -- --ignored --nocapture --test-threads 1
//! ```

use crate::common::crowd::{Chance, crowd};
use crate::common::{NOW, Place, expect_exit, not_checked};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const RUN: [&str; 6] = ["run", "--offline", "--now", NOW, "--jobs", "2"];

/// Digests of all published files, by name.
type State = BTreeMap<String, String>;

fn state(place: &Place) -> State {
    place.files("normalized").into_iter().map(|(name, bytes)| (name, sanad_document::digest::sha256(&bytes))).collect()
}

/// A place with captures, and the state after each of several undisturbed runs there.
struct Undisturbed {
    place: Place,
    states: Vec<State>,
    /// The exit code of each run. What failed in the first one is known in the next.
    codes: Vec<i32>,
    /// Duration of the first run.
    took: Duration,
}

impl Undisturbed {
    fn of(captures: u64) -> Self {
        let place = Place::empty();
        crowd(&place, "crowd.warc.gz", 0, captures);
        let begun = Instant::now();
        let code = place.sanad(&RUN).status.code().unwrap();
        assert!(code < 2, "the undisturbed run ended with {code}");
        let took = begun.elapsed();
        Self { states: vec![State::new(), state(&place)], place, codes: vec![code], took }
    }

    /// Makes a place with the same captures and without a run.
    fn again(&self) -> Place {
        let place = Place::empty();
        crate::common::copy(&self.place.path("raw"), &place.path("raw"));
        place
    }

    /// Makes one run in that place. Asserts that its state is then that of the same number of undisturbed runs.
    fn expect_same(&mut self, place: &Place) {
        let output = place.sanad(&RUN);
        let runs = place.runs().len();
        while self.states.len() <= runs {
            self.codes.push(self.place.sanad(&RUN).status.code().unwrap());
            self.states.push(state(&self.place));
        }
        expect_exit(&output, self.codes[runs - 1]);
        let (ours, wanted) = (state(place), &self.states[runs]);
        let differs = |(name, digest): &(&String, &String)| wanted.get(*name) != Some(digest);
        let more: Vec<_> = ours.iter().filter(differs).map(|(name, _)| name).collect();
        let less: Vec<_> = wanted.keys().filter(|name| !ours.contains_key(*name)).collect();
        assert!(more.is_empty() && less.is_empty(), "after {runs} runs: other or more {more:?}, less {less:?}");
        expect_exit(&place.sanad(&["verify"]), 0);
    }
}

/// Returns true if a run has begun to publish its results.
fn shows_results(place: &Place) -> bool {
    let records = std::fs::read_dir(place.path("normalized/records"));
    records.is_ok_and(|mut files| files.next().is_some())
}

fn empty(place: &Place) {
    std::fs::remove_dir_all(place.path("normalized")).unwrap();
    std::fs::create_dir(place.path("normalized")).unwrap();
}

/// Kills `kills` runs over `captures` captures: at any moment, and every fourth when the first results appear.
fn kill_runs(captures: u64, kills: usize) {
    let mut undisturbed = Undisturbed::of(captures);
    let place = undisturbed.again();
    let mut chance = Chance(0x5eed);
    let mut longest = undisturbed.took;
    let (mut killed, mut late, mut ended) = (0, 0, 0);
    while killed < kills {
        let mut child = place.command(&RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        let at_results = killed % 4 == 3;
        let at = Duration::from_micros(chance.below(longest.as_micros() as u64));
        let after = Duration::from_micros(chance.below(4_000));
        let mut appeared = None;
        let status = crate::common::kill::killed_when(&mut child, |elapsed| match (at_results, appeared) {
            (false, _) => elapsed >= at,
            (true, Some(then)) => elapsed >= then + after,
            (true, None) => {
                if shows_results(&place) {
                    appeared = Some(elapsed);
                }
                false
            }
        });
        if let Some(status) = status {
            assert_eq!(status.code(), Some(undisturbed.codes[0]));
            // The cache of earlier runs shortens the next one.
            longest = begun.elapsed();
            ended += 1;
        } else {
            killed += 1;
        }
        if shows_results(&place) {
            late += usize::from(status.is_none());
            undisturbed.expect_same(&place);
            empty(&place);
            longest = undisturbed.took;
        }
    }
    undisturbed.expect_same(&place);
    eprintln!(
        "{captures} captures: {killed} kills, {late} of them while results were put in place; {ended} came first"
    );
}

#[test]
fn a_run_that_was_killed_is_finished_by_the_next_with_the_same_bytes() {
    kill_runs(30, 6);
}

#[test]
#[ignore = "takes many minutes: the command stands at the head of the file"]
fn five_thousand_captures_killed_a_hundred_times() {
    kill_runs(5_000, 100);
}

/// A small file system in memory.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts it over the place's results, which only root on Linux may do.
    #[track_caller]
    fn over(place: &Place, kilobytes: u64) -> Option<Self> {
        let path = place.path("normalized");
        let made = mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "none"], &path);
        if !made {
            not_checked("a file system can only be mounted by root on Linux");
            return None;
        }
        Some(Self { path })
    }

    fn change(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.path), "remount with {options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let ended = Command::new("umount").arg("--lazy").arg(&self.path).status();
        assert!(ended.is_ok_and(|s| s.success()) || std::thread::panicking(), "{} stays mounted", self.path.display());
    }
}

fn mount(arguments: &[&str], path: &Path) -> bool {
    let ended = Command::new("mount").args(arguments).arg(path).stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}

/// Asserts that a failed run says why and where, and didn't panic.
#[track_caller]
fn expect_told(output: &Output, why: &str) {
    expect_exit(output, 2);
    let said = String::from_utf8_lossy(&output.stderr);
    // Spooled data is in an unnamed file of that folder.
    assert!(said.contains(why) && (said.contains("normalized") || said.contains("set aside")), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Fills the disk `times` times, each at another moment of a run over `captures` captures.
#[track_caller]
fn fill_disks(captures: u64, times: usize) {
    let mut undisturbed = Undisturbed::of(captures);
    let place = undisturbed.again();
    let bytes = |path: &Path| -> u64 {
        let said = Command::new("du").arg("-sk").arg(path).output().unwrap().stdout;
        String::from_utf8(said).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    let needed = bytes(&undisturbed.place.path("normalized"));
    let mut chance = Chance(0xd15c);
    let mut full = 0;
    let mut sizes = BTreeSet::new();
    while full < times {
        let kilobytes = 16 + chance.below(needed);
        let Some(disk) = Disk::over(&place, kilobytes) else { return };
        let output = place.sanad(&RUN);
        if output.status.code() == Some(2) {
            expect_told(&output, "No space left");
            full += 1;
            sizes.insert(kilobytes);
        } else {
            expect_exit(&output, undisturbed.codes[0]);
        }
        disk.change(&format!("size={}k", needed * 4));
        undisturbed.expect_same(&place);
    }
    eprintln!("{captures} captures need {needed} KB; full at {sizes:?}");
}

#[test]
fn a_run_that_met_a_full_disk_is_finished_by_the_next_with_the_same_bytes() {
    fill_disks(30, 3);
}

#[test]
#[ignore = "takes minutes: the command stands at the head of the file"]
fn twenty_full_disks() {
    fill_disks(2_000, 20);
}

#[test]
fn a_read_only_folder_is_named_and_left_as_it_is() {
    let mut undisturbed = Undisturbed::of(12);
    let place = undisturbed.again();
    let Some(disk) = Disk::over(&place, 200_000) else { return };
    disk.change("ro");
    expect_told(&place.sanad(&RUN), "Read-only");
    disk.change("rw");
    undisturbed.expect_same(&place);
    let before = state(&place);
    disk.change("ro");
    expect_told(&place.sanad(&RUN), "Read-only");
    assert!(state(&place) == before, "a read-only folder has changed");
    disk.change("rw");
    undisturbed.expect_same(&place);
}

/// Runs the program as a user whom permissions bind, even if root runs the tests.
#[cfg(unix)]
mod permissions {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    /// User and group `nobody`, used if root runs the tests.
    const NOBODY: u32 = 65_534;

    fn is_root() -> bool {
        let said = Command::new("id").arg("-u").output().unwrap().stdout;
        said.starts_with(b"0\n")
    }

    fn allow(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs the program as that user.
    #[track_caller]
    fn run(place: &Place) -> Option<Output> {
        let mut command = place.command(&RUN);
        if is_root() {
            let all = place.path("");
            assert!(Command::new("chown").arg("-R").arg(NOBODY.to_string()).arg(all).status().unwrap().success());
            command.uid(NOBODY).gid(NOBODY);
        }
        match command.output() {
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                not_checked("an unprivileged user may not start the program in its folder");
                None
            }
            output => Some(output.unwrap()),
        }
    }

    #[test]
    fn lost_permissions_are_named_and_nothing_is_lost() {
        let mut undisturbed = Undisturbed::of(12);
        let place = undisturbed.again();
        allow(&place.path("normalized"), 0o555);
        let Some(output) = run(&place) else { return };
        expect_told(&output, "Permission denied");
        allow(&place.path("normalized"), 0o755);
        undisturbed.expect_same(&place);
        let before = state(&place);
        // Results can't be published: the run finds out before it publishes any.
        for folder in ["normalized/log", "normalized/runs"] {
            allow(&place.path(folder), 0o555);
            let output = run(&place).unwrap();
            expect_told(&output, "Permission denied");
            allow(&place.path(folder), 0o755);
            let now = state(&place);
            assert!(before.iter().all(|(name, digest)| name.starts_with("log/") || now.get(name) == Some(digest)));
        }
        undisturbed.expect_same(&place);
    }
}

#[test]
fn a_clock_that_goes_backwards_loses_nothing() {
    let forwards = ["2026-11-21T17:00:00Z", "2026-11-22T17:00:00Z", "2026-11-23T17:00:00Z"];
    let backwards = ["2026-11-21T17:00:00Z", "2026-11-20T17:00:00Z", "2026-11-19T17:00:00Z"];
    let [straight, turned] = [forwards, backwards].map(|times| {
        let place = Place::empty();
        for (number, now) in (0..).zip(times) {
            crowd(&place, &format!("crowd-{number}.warc.gz"), number * 14, (number + 1) * 14);
            let output = place.sanad(&["run", "--offline", "--now", now]);
            assert!(output.status.code().unwrap() < 2, "{}", String::from_utf8_lossy(&output.stderr));
            expect_exit(&place.sanad(&["verify"]), 0);
        }
        let versions = |r: serde_json::Value| (r["id"].to_string(), r["version"].to_string());
        assert_eq!(place.runs().len(), 3);
        place.lines("normalized/records").into_iter().map(versions).collect::<BTreeSet<_>>()
    });
    assert!(straight.len() > 25);
    assert_eq!(straight, turned);
}
