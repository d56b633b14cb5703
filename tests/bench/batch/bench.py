#!/usr/bin/env python3
"""Measures whole batches: against peers on the same pages, on one core and two, on batches of growing size, and repeated runs
with nothing or little new.

    cargo build --profile dist --bins --example workload
    python3 -m venv /tmp/venv-bench && /tmp/venv-bench/bin/pip install -r tests/bench/batch/requirements.txt   # needs libmagic
    python3 tests/bench/batch/bench.py --work /tmp/bench --python /tmp/venv-bench/bin/python peers cores sizes again

Each part runs its commands in turns, `--rounds` times, and prints medians; ratios are medians of the ratios within a round.
`cpu` are processor seconds of all processes, which other work on the machine disturbs less than `wall`. Memory in MB: `main`
is the most that the program's own process had, `tree` the same with its workers, shared pages counted once. Linux.
The workloads are made by `examples/workload` and kept under `--work`; 100,000 captures take 2 GB and their results 13, which are kept until the end.
"""
import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from measured import measured  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SHARED = ROOT.parent / "shared/eval"
FIRST, SECOND, THIRD = "2026-11-21T17:00:00Z", "2026-11-22T17:00:00Z", "2026-11-23T17:00:00Z"


def median(values):
    return statistics.median(values)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = arguments.work.resolve()
        self.config = self.work / "config"
        self.config.mkdir(parents=True, exist_ok=True)
        self.found = {}
        self.results = []

    def new_results(self):
        """A folder for results. Those before stay till the end: ext4 looks through all inodes freed in the last minutes
        whenever a file is made."""
        folder = self.work / f"out-{len(self.results)}"
        shutil.rmtree(folder, ignore_errors=True)
        self.results.append(folder)
        return folder

    def clear(self):
        for folder in self.results:
            shutil.rmtree(folder, ignore_errors=True)

    def workload(self, captures, *, html_only=False, file_mb=100, first=0, hosts=None, folder=None):
        """The raw folder of such a batch; made when it isn't there."""
        folder = folder or self.work / f"{'html' if html_only else 'mixed'}-{captures}"
        manifest = folder / ("manifest.json" if first == 0 else f"manifest-{first}.json")
        if not manifest.exists():
            shutil.rmtree(folder, ignore_errors=True) if first == 0 else None
            command = [self.arguments.workload, "--captures", captures, "--first", first, "--seed", self.arguments.seed]
            command += ["--hosts", hosts or self.arguments.hosts, "--out", folder, "--file-mb", file_mb]
            command += ["--html-only"] if html_only else []
            for pages in self.arguments.pages:
                command += ["--pages", pages]
            for papers in self.arguments.papers:
                command += ["--papers", papers]
            command += ["--sentences", self.arguments.sentences]
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        said = json.loads(manifest.read_text())
        print(f"{folder.name}: {said['captures']} captures, {said['bytes'] / 1e6:.0f} MB packed", flush=True)
        return folder / "raw"

    def ours(self, raw, out=None, *, now=FIRST, jobs=2, cores=None):
        out = out or self.new_results()
        command = [self.arguments.sanad, "run", "--offline", "--config", self.config, "--raw", raw, "--out", out]
        command += ["--jobs", jobs, "--now", now] + (["--timings"] if self.arguments.timings else [])
        took = measured(command, cores, {"XDG_DATA_HOME": str(self.work / "home")})
        if took.code not in (0, 1):
            raise SystemExit(f"{command} ended with {took.code}:\n{took.output[-3000:]}")
        if self.arguments.timings:
            print(took.output[took.output.find("timings"):])
        return took

    def peer(self, name, raw):
        took = measured([self.arguments.python, HERE / "peers.py", name, raw, self.new_results()])
        if took.code != 0:
            raise SystemExit(f"{name} ended with {took.code}:\n{took.output[-3000:]}")
        return took

    def show(self, part, captures, rounds):
        """A table of what each took, and ratios to the first."""
        first = next(iter(rounds[0]))
        print(f"\n{part}: {len(rounds)} rounds")
        print(f"{'':26}{'wall s':>9}{'cpu s':>9}{'1/s wall':>10}{'1/s cpu':>9}{'main MB':>9}{'tree MB':>9}{'cpu ratio':>11}{'wall ratio':>11}")
        for name in rounds[0]:
            of = [one[name] for one in rounds]
            count = captures[name] if isinstance(captures, dict) else captures
            wall, cpu = median(t.wall for t in of), median(t.cpu for t in of)
            row = {
                "captures": count, "wall": wall, "cpu": cpu, "main": max(t.main for t in of), "tree": max(t.tree for t in of),
                "own": median(t.own for t in of),
                "cpu_ratio": median(one[name].cpu / one[first].cpu for one in rounds),
                "wall_ratio": median(one[name].wall / one[first].wall for one in rounds),
            }
            self.found.setdefault(part, {})[name] = row
            print(
                f"{name:26}{wall:9.2f}{cpu:9.2f}{count / wall:10.1f}{count / cpu:9.1f}{row['main']:9.0f}{row['tree']:9.0f}"
                f"{row['cpu_ratio']:11.3f}{row['wall_ratio']:11.3f}",
                flush=True,
            )

    def peers(self):
        """Pages alone, which all can read; both peers go through the files in parallel, so there are some."""
        captures = self.arguments.sample
        raw = self.workload(captures, html_only=True, file_mb=4)
        rounds = []
        for _ in range(self.arguments.rounds):
            one = {"sanad": self.ours(raw), "resiliparse + cld2": self.peer("glue", raw)}
            one["datatrove + trafilatura"] = self.peer("datatrove", raw)
            rounds.append(one)
        self.show("peers", captures, rounds)

    def cores(self):
        captures = self.arguments.sample
        raw = self.workload(captures)
        run = lambda jobs, cores: self.ours(raw, jobs=jobs, cores=cores)  # noqa: E731
        rounds = [{"one core": run(1, "0"), "two cores": run(2, None)} for _ in range(self.arguments.rounds)]
        self.show("cores", captures, rounds)

    def sizes(self):
        sizes = self.arguments.sizes
        raws = {f"{n} captures": self.workload(n) for n in sizes}
        counts = {f"{n} captures": n for n in sizes}
        rounds = [{name: self.ours(raw) for name, raw in raws.items()} for _ in range(self.arguments.rounds)]
        self.show("sizes", counts, rounds)
        per = {name: row["cpu"] / row["captures"] * 1000 for name, row in self.found["sizes"].items()}
        for name, row in self.found["sizes"].items():
            print(
                f"{name:26}{per[name]:9.2f} ms cpu a capture, {per[name] / next(iter(per.values())):.3f} x the first; "
                f"{100 * row['own'] / row['cpu']:.0f} % of it in the main process"
            )

    def again(self):
        """The same batch again, and once more with a hundredth of new captures beside it."""
        captures = self.arguments.again
        folder = self.work / f"mixed-{captures}"
        raw = self.workload(captures)
        new = self.workload(max(captures // 100, 1), first=captures, folder=self.work / f"later-{captures}")
        rounds = []
        for _ in range(self.arguments.rounds):
            out = self.new_results()
            one = {"first run": self.ours(raw, out)}
            one["nothing new"] = self.ours(raw, out, now=SECOND)
            added = [Path(shutil.copy(file, raw)) for file in new.glob("*.gz")]
            try:
                one["1 % new"] = self.ours(raw, out, now=THIRD)
            finally:
                for file in added:
                    file.unlink()
            rounds.append(one)
        self.show(f"again, {folder.name}", captures, rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=["peers", "cores", "sizes", "again"])
    parser.add_argument("--work", type=Path, required=True, help="folder for workloads and results; large")
    parser.add_argument("--sanad", type=Path, default=ROOT / "target/dist/sanad")
    parser.add_argument("--workload", type=Path, default=ROOT / "target/dist/examples/workload")
    parser.add_argument("--python", default=sys.executable, help="one that has the peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--sample", type=int, default=2000, help="captures for peers and cores")
    parser.add_argument("--sizes", type=lambda t: [int(n) for n in t.split(",")], default=[1000, 10000, 100000])
    parser.add_argument("--again", type=int, default=10000, help="captures for the second runs")
    parser.add_argument("--timings", action="store_true", help="print each run's time by stage, where it can tell")
    parser.add_argument("--pages", type=Path, nargs="*", default=[SHARED / "html/dev/daniel/html", SHARED / "html/dev/wcxb/html"])
    parser.add_argument("--papers", type=Path, nargs="*", default=[SHARED / "pdf/dev", SHARED / "pdf/gt"])
    parser.add_argument("--sentences", type=Path, default=SHARED / "lang/dev.jsonl")
    parser.add_argument("--json", type=Path, help="the figures, for a machine")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    for part in arguments.parts:
        getattr(bench, part)()
    bench.clear()
    if arguments.json:
        arguments.json.write_text(json.dumps(bench.found, indent=1) + "\n")


if __name__ == "__main__":
    main()
