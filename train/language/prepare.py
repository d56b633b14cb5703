#!/usr/bin/env python3
"""Training text from translation catalogues: prepare.py DOWNLOADS OUT.tsv.gz

DOWNLOADS is a folder with Debian packages (*.deb), Python wheels (*.whl) and npm packages (*.tgz), see MODEL.md for the
list; the machine's own /usr/share/locale is read as well. Each line of OUT is `label <TAB> source <TAB> text`: one
translated string, without mark-up, format marks and access keys. Lines are sorted and each stands once, so the same
packages give the same bytes.
"""
from __future__ import annotations

import gettext
import gzip
import html
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Iterator

from labels import CODES, SCRIPT_OF, script

MARKUP = re.compile(r"<[^<>]*>|&\w+;|%[-+ #0-9.*]*(?:l?[a-zA-Z]|\([^)]*\)s?)|\$?\{[^{}]*\}|%\d+|\$\d|\\[nrt\"']|https?://\S+|\S+@\S+")
SPACE = re.compile(r"\s+")


def tidy(text: str) -> str:
    text = html.unescape(MARKUP.sub(" ", text)).replace("_", "").replace("&", "").replace("\u00ad", "")
    text = re.sub(r"\([A-Za-z]\)", " ", text)
    return SPACE.sub(" ", text).strip()


def label_of(code: str) -> str | None:
    return CODES.get(code.replace("-", "_").replace("_valencia", "@valencia"))


def keep(label: str, text: str, original: str | None) -> str | None:
    text = tidy(text)
    if label != "eng" and original is not None and text == tidy(original):
        return None
    want = SCRIPT_OF[label]
    return text if len(text) >= 3 and script(text) == want else None


def mo(data: bytes, label: str) -> Iterator[str]:
    try:
        catalogue = gettext.GNUTranslations(io.BytesIO(data))._catalog
    except Exception:  # a catalogue that does not parse holds nothing for us
        return
    for source, target in catalogue.items():
        source = source[0] if isinstance(source, tuple) else source
        if source:
            source = source.split("\x04")[-1]
            text = keep(label, target, source)
            # many catalogues repeat the English words where nobody translated
            if text and not (label in LATIN and shared(text, source) > 0.5):
                yield text


LATIN = {k for k, v in SCRIPT_OF.items() if v == "Latn" and k != "eng"}


def shared(text: str, source: str) -> float:
    a, b = set(text.lower().split()), set(source.lower().split())
    return len(a & b) / max(1, len(a))


def english(data: bytes) -> Iterator[str]:
    try:
        catalogue = gettext.GNUTranslations(io.BytesIO(data))._catalog
    except Exception:
        return
    for source in catalogue:
        source = source[0] if isinstance(source, tuple) else source
        text = keep("eng", source.split("\x04")[-1], None)
        if text:
            yield text


FTL = re.compile(r"^(?:[\w.-]+\s*=\s*|\s+)(.+)$", re.M)
PROPERTY = re.compile(r"^[\w.-]+\s*=\s*(.+)$", re.M)
PHP = re.compile(r"""=>?\s*['"](.{3,}?)['"]\s*[;,]""")


def plain(path: str, data: bytes, label: str) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    pattern = FTL if path.endswith(".ftl") else PROPERTY if path.endswith(".properties") else PHP
    if path.endswith(".txt"):
        found = text.split("\n\n")
    else:
        found = [m.group(1) for m in pattern.finditer(text)]
    for one in found:
        if re.match(r"^\s*[\[.*{#/-]", one) and not path.endswith(".txt"):
            continue
        kept = keep(label, one, None)
        if kept:
            yield kept


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files of a package that may hold translations."""
    want = re.compile(r"\.(mo|ftl|properties|xpi)$|/lang/[^/]+/.*\.(php|txt)$|localization/[^/]+/.*\.inc$|langs\d?/[^/]+\.js$|main/[^/]+/.*\.json$")
    if path.suffix == ".deb":
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "-x", str(path), folder], check=True)
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file() and not file.is_symlink() and want.search(str(file)):
                    yield str(file.relative_to(folder)), file.read_bytes()
    elif path.suffix in (".whl", ".xpi"):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if want.search(name):
                    yield name, archive.read(name)
    elif path.suffix == ".tgz":
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and want.search(member.name):
                    yield member.name, archive.extractfile(member).read()


def strings(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Labelled strings of one file; the folder or file name says the language."""
    if name.endswith(".xpi"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in sorted(archive.namelist()):
                if inner.endswith((".ftl", ".properties")):
                    code = re.search(r"langpack-([\w-]+)@", name)
                    label = label_of(code.group(1)) if code else None
                    if label:
                        yield from ((label, t) for t in plain(inner, archive.read(inner), label))
        return
    code = (re.search(r"(?:locale|resource|lang|localization|main|languages/[\w-]+)/([A-Za-z]{2,3}(?:[_@-]\w+)*)/", name)
            or re.search(r"/langs\d?/([A-Za-z]{2,3}(?:[_@-]\w+)*)\.js$", name)
            or re.search(r"/(?:[a-z-]+-)?([a-z]{2,3}(?:_[A-Z]{2})?)\.mo$", name))
    label = label_of(code.group(1)) if code else None
    if name.endswith(".mo"):
        if label:
            yield from ((label, t) for t in mo(data, label))
        if label == "deu":
            yield from (("eng", t) for t in english(data))
    elif name.endswith(".json"):
        if label:
            yield from ((label, t) for t in leaves(json.loads(data), label))
    elif name.endswith(".js"):
        if label:
            found = re.findall(r'":\s*"((?:[^"\\]|\\.)+)"', data.decode("utf-8", "replace"))
            for one in found:
                text = keep(label, re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), one), None)
                if text:
                    yield label, text
    elif label:
        yield from ((label, t) for t in plain(name, data, label))


def leaves(node: object, label: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if not key.startswith("_") and key not in ("exemplarCharacters", "parseLenients"):
                yield from leaves(value, label)
    elif isinstance(node, str) and "{" not in node and "[" not in node:
        text = keep(label, node, None)
        if text and len(text) >= 5:
            yield text


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    rows: set[tuple[str, str, str]] = set()
    for path in sorted([*folder.rglob("*.deb"), *folder.rglob("*.whl"), *folder.rglob("*.tgz")]):
        source = re.split(r"_\d|-\d", path.name)[0]
        source = re.sub(r"-l10n-[a-z-]+$", "", source)
        for name, data in members(path):
            rows.update((label, source, text) for label, text in strings(name, data))
        print(path.name, len(rows), file=sys.stderr)
    for file in sorted(Path("/usr/share/locale").glob("*/LC_MESSAGES/*.mo")):
        label = label_of(file.parts[4])
        if label:
            source = "iso-codes" if file.name.startswith("iso_") else "system"
            rows.update((label, source, t) for t in mo(file.read_bytes(), label))
    seen: set[tuple[str, str]] = set()
    with gzip.GzipFile(out, "wb", mtime=0) as sink:
        for label, source, text in sorted(rows):
            if (label, text.lower()) not in seen:
                seen.add((label, text.lower()))
                sink.write(f"{label}\t{source}\t{text}\n".encode())


if __name__ == "__main__":
    main()
