//! Metrics, examples for schedulers, shell completions, man pages. The examples are executed.

use crate::common::{Place, expect_exit, program, project};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// The samples of a metrics file, by name with labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    let samples = lines.map(|l| l.rsplit_once(' ').unwrap()).map(|(n, v)| (n.to_owned(), v.parse().unwrap()));
    samples.collect()
}

#[test]
fn metrics_say_how_the_last_run_went_and_when_one_last_went_well() {
    let place = Place::demo();
    expect_exit(&place.run(&["--metrics", "sanad.prom"]), 0);
    let first = samples(&place.read("sanad.prom"));
    let report = place.report();
    let mut captures = 0.0;
    for (source, numbers) in report["sources"].as_object().unwrap() {
        for (outcome, count) in numbers["outcomes"].as_object().unwrap() {
            let sample = first[&format!("sanad_captures{{source=\"{source}\",outcome=\"{outcome}\"}}")];
            assert_eq!(Some(sample), count.as_f64());
            captures += sample;
        }
        assert_eq!(first[&format!("sanad_records{{source=\"{source}\"}}")], numbers["records"].as_f64().unwrap());
        let time = first[&format!("sanad_source_last_success_timestamp_seconds{{source=\"{source}\"}}")];
        assert_eq!(time, 1_795_280_400.0, "{}", crate::common::NOW);
    }
    assert_eq!(Some(captures), report["captures"].as_f64());
    assert_eq!((first["sanad_run_exit_code"], first["sanad_last_success_timestamp_seconds"]), (0.0, 1_795_280_400.0));
    let stages: f64 = first.iter().filter(|(n, _)| n.starts_with("sanad_stage_duration")).map(|(_, v)| v).sum();
    let whole = first["sanad_run_duration_seconds"];
    assert!(stages > 0.0 && stages <= whole + 0.01, "{stages} of {whole}");
    // A day later one source fails: the others are delivered, and the file names the one that failed.
    place.write("config/sources/mfa.tj.toml", "hosts = [\"mfa.tj\"]\n[expect]\nmin_records = 5000\n");
    let later = ["run", "--offline", "--now", "2026-11-22T17:00:00Z", "--metrics", "sanad.prom"];
    expect_exit(&place.sanad(&later), 1);
    let second = samples(&place.read("sanad.prom"));
    let success = |source: &str| second[&format!("sanad_source_last_success_timestamp_seconds{{source=\"{source}\"}}")];
    assert_eq!((success("mfa.tj"), success("tajemb-my.org")), (1_795_280_400.0, 1_795_366_800.0));
    assert_eq!((second["sanad_run_exit_code"], second["sanad_last_success_timestamp_seconds"]), (1.0, 1_795_280_400.0));
    assert_eq!(second["sanad_broken_expectations{source=\"mfa.tj\"}"], 1.0);
    // A run that can't start.
    place.write("config/sanad.toml", "[limits]\nnonsense = 1\n");
    expect_exit(&place.run(&["--metrics", "sanad.prom"]), 2);
    let third = samples(&place.read("sanad.prom"));
    assert_eq!((third["sanad_run_exit_code"], third["sanad_last_success_timestamp_seconds"]), (2.0, 1_795_280_400.0));
    // A path that can't be written is reported before the work begins.
    let output = place.run(&["--metrics", "no/where/sanad.prom"]);
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("its folder doesn't exist"));
}

#[test]
fn the_systemd_units_are_sound_and_their_command_runs() {
    let place = Place::demo();
    let service = std::fs::read_to_string(project().join("config/schedule/sanad.service")).unwrap();
    let timer = std::fs::read_to_string(project().join("config/schedule/sanad.timer")).unwrap();
    let sanad = env!("CARGO_BIN_EXE_sanad");
    place.write("units/sanad.service", service.replace("/usr/local/bin/sanad", sanad));
    place.write("units/sanad.timer", &timer);
    if program("systemd-analyze").is_some() {
        let mut verify = Command::new("systemd-analyze");
        verify.args(["verify", "--man=no"]).arg(place.path("units/sanad.service")).arg(place.path("units/sanad.timer"));
        let output = verify.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !said.contains("sanad."), "{said}");
        let calendar = timer.lines().find_map(|l| l.strip_prefix("OnCalendar=")).unwrap();
        let output = Command::new("systemd-analyze").args(["calendar", calendar]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("Next elapse"), "{output:?}");
    }
    let command = service.lines().find_map(|l| l.strip_prefix("ExecStart=/usr/local/bin/sanad ")).unwrap();
    let mut arguments: Vec<&str> = command.split(' ').collect();
    arguments.extend(["--offline", "--now", crate::common::NOW]);
    let output = place.sanad(&arguments);
    expect_exit(&output, 0);
    // Each message is a JSON object with time and level.
    let messages = crate::common::json_lines(&String::from_utf8(output.stderr).unwrap());
    assert!(messages.len() > 2);
    assert!(messages.iter().all(|m| m["timestamp"].is_string() && m["level"].is_string()), "{messages:?}");
    assert!(place.path("sanad.prom").is_file());
}

/// A stand-in for Airflow: defines what the DAG uses, and runs its tasks in order.
const AIRFLOW: &str = r#"
import subprocess, sys, types

tasks = []

class DAG:
    def __init__(self, dag_id, schedule, start_date, catchup, max_active_runs):
        assert len(schedule.split()) == 5 and not catchup and max_active_runs == 1
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass

class BashOperator:
    def __init__(self, task_id, bash_command, cwd):
        self.task_id, self.command, self.cwd, self.after = task_id, bash_command, cwd, []
        tasks.append(self)
    def __rshift__(self, other):
        other.after.append(self)
        return other

for name in ["airflow", "airflow.providers", "airflow.providers.standard", "airflow.providers.standard.operators",
             "airflow.providers.standard.operators.bash"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules["airflow"].DAG = DAG
sys.modules["airflow.providers.standard.operators.bash"].BashOperator = BashOperator
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"))
done = set()
while len(done) < len(tasks):
    task = next(t for t in tasks if t not in done and all(a in done for a in t.after))
    subprocess.run(["bash", "-c", task.command], cwd=task.cwd, check=True, stdout=subprocess.DEVNULL)
    print(task.task_id)
    done.add(task)
"#;

#[test]
fn the_airflow_example_runs_its_tasks() {
    let (Some(_), Some(_)) = (program("python3"), program("bash")) else { return };
    let place = Place::demo();
    // One capture fails, and the following tasks run all the same.
    place.write("raw/broken.pdf", "%PDF-1.7 and nothing else");
    place.write("stand_in.py", AIRFLOW);
    let mut command = Command::new("python3");
    let folder = Path::new(env!("CARGO_BIN_EXE_sanad")).parent().unwrap();
    let path = std::env::join_paths(
        [folder.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    command.arg(place.path("stand_in.py")).arg(project().join("config/schedule/sanad_airflow.py"));
    command.env("PATH", path.unwrap()).env("SANAD_HOME", place.path("")).env("SANAD_RUN", "--offline");
    command.env("SANAD_KEY", crate::common::key().secret());
    let output = command.output().unwrap();
    expect_exit(&output, 0);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "run\nverify\nexport\n");
    assert!(place.path("records.jsonl.gz").is_file());
    assert_eq!(samples(&place.read("sanad.prom"))["sanad_run_exit_code"], 1.0);
}

fn text(output: &Output) -> String {
    expect_exit(output, 0);
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn shells_complete_commands_and_formats() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&place.sanad(&["completions", shell]));
        for word in ["export", "jsonl.gz", "metrics"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(!script.contains("parse-worker"), "{shell}");
        place.write(shell, script);
        if program(shell).is_some() {
            let checked = Command::new(shell).arg("-n").arg(place.path(shell)).output().unwrap();
            assert!(checked.status.success(), "{shell}: {checked:?}");
        }
    }
    if program("bash").is_some() {
        let completed = |words: &str, at: usize| {
            let script = format!(
                "source ./bash; COMP_WORDS=({words}); COMP_CWORD={at}; \
                 _sanad sanad \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{at}-1]}}\"; echo ${{COMPREPLY[@]}}"
            );
            text(&Command::new("bash").args(["-c", &script]).current_dir(place.path("")).output().unwrap())
        };
        assert_eq!(completed("sanad ex", 1).trim(), "explain export extract");
        assert_eq!(completed("sanad export --format jsonl.", 3).trim(), "jsonl.gz jsonl.zst");
    }
}

#[test]
fn every_command_has_a_man_page() {
    let place = Place::empty();
    expect_exit(&place.sanad(&["man", "share/man/man1"]), 0);
    let pages = place.files("share/man/man1");
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.rsplit('/').next().unwrap()).collect();
    for name in ["sanad.1", "sanad-run.1", "sanad-export.1", "sanad-verify.1"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.iter().any(|n| n.contains("worker")), "{names:?}");
    if program("man").is_some() {
        for name in names {
            let page = place.path(&format!("share/man/man1/{name}"));
            let output =
                Command::new("man").args(["--warnings", "-l"]).arg(page).env("MANWIDTH", "100").output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}");
            assert!(String::from_utf8_lossy(&output.stdout).contains("SYNOPSIS"), "{name}");
        }
    }
}
