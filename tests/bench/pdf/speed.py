#!/usr/bin/env python3
"""Pages a second of `sanad extract` against PyMuPDF, pdfium and pdftotext on the same files, one thread each.

    speed.py SANAD FILES...        (needs pymupdf pypdfium2; pdftotext in the path)

In-process tools are timed without their start; commands with it, over all files in one call where they take several.
Each figure is the best of five rounds.
"""
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5


def best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
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


def poppler(files: list[Path]) -> None:
    for file in files:
        subprocess.run(["pdftotext", file, "-"], check=False, capture_output=True)


def main() -> None:
    sanad, *names = sys.argv[1:] or [""]
    files = [Path(n) for n in names]
    if not sanad or not files:
        raise SystemExit(__doc__)
    pages = mupdf(files)
    times = {
        "sanad extract": best(lambda: subprocess.run([sanad, "extract", *files], check=False, capture_output=True)),
        "pymupdf": best(lambda: mupdf(files)),
        "pdfium": best(lambda: pdfium(files)),
        "pdftotext": best(lambda: poppler(files)),
    }
    for tool, seconds in times.items():
        print(f"{tool:14s} {pages / seconds:8.1f} pages/s  {times['pymupdf'] / seconds:5.2f} x pymupdf")


if __name__ == "__main__":
    main()
