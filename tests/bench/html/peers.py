#!/usr/bin/env python3
"""Compares this program with its peers on the same pages, one thread each, in turns: processor time, and ratios to ours.

    pip install trafilatura lxml_html_clean resiliparse
    cargo build --profile dist --examples --bins
    cargo build --release --manifest-path tests/bench/html/dom_smoothie/Cargo.toml
    python3 tests/bench/html/peers.py [--rounds N] PAGES...

PAGES are `.html` or `.html.gz` files, or folders of them. The whole command `sanad extract --jobs 1` (its start, the parse in
another process, language, records as JSON) stands beside trafilatura's function alone. Extraction alone (tree, blocks, decision, text)
and scraper's bare parse are those of `examples/speed.rs`. Each figure is the median of the rounds. Linux.
"""
import argparse
import gzip
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RELEASE = ROOT / "target/dist"
SMOOTHIE = Path(__file__).parent / "dom_smoothie/target/release/bench-dom-smoothie"


def pages(arguments):
    for argument in map(Path, arguments):
        for file in sorted(p for p in argument.rglob("*") if p.is_file()) if argument.is_dir() else [argument]:
            raw = gzip.open(file).read() if file.suffix == ".gz" else file.read_bytes()
            yield raw.decode("utf-8", "replace")


def of_children(command, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def of_function(work, texts):
    start = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - start


def main():
    from resiliparse.extract.html2text import extract_plain_text
    from trafilatura import extract

    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("pages", nargs="+")
    arguments = parser.parse_args()
    texts = list(pages(arguments.pages))
    megabytes = sum(len(t.encode()) for t in texts) / 1e6
    took = {}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, text in enumerate(texts):
            files.append(Path(folder) / f"{number:05}.html")
            files[-1].write_text(text, encoding="utf-8")
        listed = "\n".join(map(str, files))
        for _ in range(arguments.rounds):
            round_of = {}
            said, _ = of_children([RELEASE / "examples/speed", folder])
            rates = dict(re.findall(r"^([^:\n]+): +([\d.]+) MB/s", said, re.M))
            round_of["scraper, bare parse"] = megabytes / float(rates["scraper, bare parse"])
            round_of["sanad, extraction"] = megabytes / float(rates["sanad, extraction"])
            round_of["sanad, whole command"] = of_children([RELEASE / "sanad", "extract", "--jobs", "1", folder])[1]
            round_of["trafilatura"] = of_function(extract, texts)
            round_of["resiliparse"] = of_function(lambda t: extract_plain_text(t, main_content=True), texts)
            if SMOOTHIE.exists():
                round_of["dom_smoothie"] = float(of_children([SMOOTHIE], input=listed)[0])
            else:
                print(f"{SMOOTHIE.name} isn't built: left out", file=sys.stderr)
            for name, seconds in round_of.items():
                took.setdefault(name, []).append(seconds)
    print(f"{len(texts)} pages, {megabytes:.1f} MB, {arguments.rounds} rounds")
    middle = {name: statistics.median(rounds) for name, rounds in took.items()}
    ours, whole = middle["sanad, extraction"], middle["sanad, whole command"]
    print(f"{'':24}{'seconds':>9}{'MB/s':>9}{'/ extraction':>14}{'/ command':>11}")
    for name, seconds in middle.items():
        print(f"{name:24}{seconds:9.2f}{megabytes / seconds:9.2f}{seconds / ours:14.2f}{seconds / whole:11.2f}")


if __name__ == "__main__":
    main()
