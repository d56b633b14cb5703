#!/usr/bin/env python3
"""Peers on the same pages as `cargo run --release --example speed`, one thread: seconds, and megabytes a second.

    pip install trafilatura lxml_html_clean resiliparse; peers.py PAGES...

PAGES are `.html` or `.html.gz` files, or folders of them.
"""
import gzip
import sys
import time
from pathlib import Path


def pages(args):
    for arg in map(Path, args):
        for file in sorted(p for p in arg.rglob("*") if p.is_file()) if arg.is_dir() else [arg]:
            raw = gzip.open(file).read() if file.suffix == ".gz" else file.read_bytes()
            yield raw.decode("utf-8", "replace")


def main():
    from resiliparse.extract.html2text import extract_plain_text
    from trafilatura import extract

    texts = list(pages(sys.argv[1:]))
    size = sum(len(t.encode()) for t in texts) / 1e6
    for name, work in [("trafilatura", extract), ("resiliparse", lambda t: extract_plain_text(t, main_content=True))]:
        start = time.perf_counter()
        for text in texts:
            work(text)
        took = time.perf_counter() - start
        print(f"{name}: {took:.1f} s, {size / took:.2f} MB/s")


if __name__ == "__main__":
    main()
