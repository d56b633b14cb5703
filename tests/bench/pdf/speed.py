#!/usr/bin/env python3
"""Pages per second of `sanad extract`, PyMuPDF, pdfium and pdftotext on the same files, one thread each.

    speed.py SANAD FILES...        (needs pymupdf pypdfium2; pdftotext in the path)

`sanad extract` runs all its stages: layout, languages, metadata, the record. The others only print plain text. The figures are
processor time, so that other work on the machine doesn't count; the time of child processes includes their start. Each is
the best of five rounds.
"""
from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5


def spent() -> float:
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = spent()
        run()
        times.append(spent() - start)
    return min(times)


def mupdf(files: list[Path]) -> int:
    import pymupdf

    pages = 0
    for file in files:
        with pymupdf.open(file) as document:
            for page in document:
                page.get_text()
                pages += 1
    return pages


def pdfium(files: list[Path]) -> None:
    import pypdfium2

    for file in files:
        document = pypdfium2.PdfDocument(file)
        for page in document:
            text = page.get_textpage()
            text.get_text_bounded()
            text.close()
            page.close()
        document.close()


def command(*words: object) -> None:
    subprocess.run([str(w) for w in words], check=False, capture_output=True)


def main() -> None:
    sanad, *names = sys.argv[1:] or [""]
    files = [Path(n) for n in names]
    if not sanad or not files:
        raise SystemExit(__doc__)
    pages = mupdf(files)
    times = {
        "sanad extract": best(lambda: command(sanad, "extract", "--jobs", 1, *files)),
        "pymupdf": best(lambda: mupdf(files)),
        "pdfium": best(lambda: pdfium(files)),
        "pdftotext": best(lambda: [command("pdftotext", f, "-") for f in files]),
    }
    for tool, seconds in times.items():
        print(f"{tool:14s} {pages / seconds:8.1f} pages/s  {times['pymupdf'] / seconds:5.2f} x pymupdf")


if __name__ == "__main__":
    main()
