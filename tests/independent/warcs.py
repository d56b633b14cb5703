"""Checks WARC files with warcio. It uses none of this program's code.

usage: warcs.py FOLDER [EVENTS.jsonl FILE]

Each file in FOLDER must pass `warcio check`: framing, block and payload digests. Each response's body must have the length
that its header states. With the events of a run and one of its capture files, each capture that the events name must be at
its offset, with a body of the digest that the event states.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader


def body(record):
    """Returns the body as the server sent it: without chunk framing, with its content coding."""
    if (record.http_headers.get_header("Transfer-Encoding") or "").lower() == "chunked":
        return ChunkedDataReader(record.raw_stream).read()
    return record.raw_stream.read()


def responses(path):
    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                yield record


def check_files(folder):
    files = sorted(folder.glob("*.warc.gz"))
    assert files, f"{folder}: no WARC files"
    count = 0
    for start in range(0, len(files), 100):
        subprocess.run(["warcio", "check", *map(str, files[start : start + 100])], check=True)
    for path in files:
        for record in responses(path):
            assert record.rec_headers.get_header("WARC-Target-URI")
            length = record.http_headers.get_header("Content-Length")
            payload = body(record)
            assert length is None or int(length) == len(payload), f"{path}: a body of another length than its header says"
            count += 1
    print(f"{len(files)} WARC files: {count} responses, every digest and every length is right")


def check_run(events, path):
    wanted = {}
    for line in events.read_text().split("\n"):
        event = json.loads(line) if line.strip() else {}
        if event.get("event") == "capture.read" and event["file"] == path.name:
            wanted[event["record_id"]] = event["digest"]
    for record in responses(path):
        name = record.rec_headers.get_header("WARC-Record-ID").strip("<>")
        found = "sha256:" + hashlib.sha256(body(record)).hexdigest()
        assert wanted.pop(name, None) == found, f"{path}: {name} has another body than the log says"
    assert not wanted, f"{path}: {len(wanted)} captures of the log aren't there"
    print(f"{path.name}: the bodies are those that the log names")


def main():
    folder = pathlib.Path(sys.argv[1])
    if folder.is_dir():
        check_files(folder)
    if len(sys.argv) > 3:
        check_run(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))


if __name__ == "__main__":
    main()
