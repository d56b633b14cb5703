"""Checks a log with PyNaCl and pymerkle, and packages with the formats' own tools. It uses none of this program's code.

usage: check.py FOLDER   (a results folder; FOLDER/../packages may hold exports, FOLDER/../proofs proofs, FOLDER/../raw captures)
"""

import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import zlib

import nacl.exceptions
import nacl.signing
import pymerkle


def tile_path(index):
    path = f"{index % 1000:03}"
    index //= 1000
    while index:
        path = f"x{index % 1000:03}/{path}"
        index //= 1000
    return path


def opened(note, vkey):
    """Returns the text of a note, if the key signed it."""
    name, number, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    assert key[0] == 1, "not an Ed25519 key"
    assert hashlib.sha256(f"{name}\n".encode() + key).digest()[:4].hex() == number, "the key's number is wrong"
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if dash == "—" and signer == name and signature[:4].hex() == number:
            nacl.signing.VerifyKey(key[1:]).verify(text.encode(), signature[4:])
            return text
    raise AssertionError("not signed by the key")


def head(note, vkey):
    origin, size, root = opened(note, vkey).splitlines()
    return origin, int(size), base64.b64decode(root)


def entries(log, size):
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        name = tile_path(index) if width == 256 else f"{tile_path(index)}.p/{width}"
        data = (log / "tile" / "entries" / name).read_bytes()
        for _ in range(width):
            (length,) = struct.unpack(">H", data[:2])
            yield data[2 : 2 + length]
            data = data[2 + length :]
        assert not data, "bytes after the last entry"


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, index, size, path):
    """Checks an inclusion proof (RFC 9162, section 2.1.3.2)."""
    fn, sn, root = index, size - 1, leaf
    for other in path:
        assert sn, "the path is too long"
        if fn & 1 or fn == sn:
            root = node(other, root)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            root = node(root, other)
        fn >>= 1
        sn >>= 1
    assert sn == 0, "the path is too short"
    return root


def check_proof(text, vkey):
    magic, extra, rest = text.split("\n", 2)
    assert magic == "c2sp.org/tlog-proof@v1"
    entry = base64.b64decode(extra.removeprefix("extra "))
    lines, note = rest.split("\n\n", 1)
    first, *path = lines.split("\n")
    _, size, root = head(note, vkey)
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    index = int(first.removeprefix("index "))
    assert root_of(leaf, index, size, [base64.b64decode(line) for line in path]) == root, "the proof leads elsewhere"
    return json.loads(entry)


def check_log(log):
    vkey = (log / "key.pub").read_text().splitlines()[0]
    note = (log / "checkpoint").read_text()
    origin, size, root = head(note, vkey)
    assert origin == (log / "origin").read_text().strip()
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    all_entries = list(entries(log, size))
    for entry in all_entries:
        tree.append_entry(entry)
    assert tree.get_root(size) == root, "the root is not that of the entries"
    for index in range(1, size + 1, max(1, size // 50)):
        proof = tree.prove_inclusion(index, size)
        pymerkle.verify_inclusion(tree.get_leaf(index), root, proof)
    for path in (log / "checkpoints").iterdir():
        if path.suffix == ".tsr":
            continue
        _, old_size, old_root = head(path.read_text(), vkey)
        assert tree.get_root(old_size) == old_root, f"{path.name}: another root"
        pymerkle.verify_consistency(old_root, root, tree.prove_consistency(old_size, size))
    try:
        opened(note.replace(str(size), str(size + 1), 1), vkey)
    except nacl.exceptions.BadSignatureError:
        pass
    else:
        raise AssertionError("a changed checkpoint was taken")
    events = [json.loads(entry) for entry in all_entries]
    check_events_files(log.parent, events)
    return vkey, events


def attached(out, event):
    """An event, from the file of its own if it is too long for an entry."""
    if event["event"] != "event.detached":
        return event
    data = (out / "objects" / event["digest"].removeprefix("sha256:")).read_bytes()
    assert named(data) == event["digest"], "not the event that the log names"
    return json.loads(data)


def check_events_files(out, events):
    """Each run's events.jsonl has its entries of the log, unless retention took it away."""
    starts = [i for i, event in enumerate(events) if event["event"] == "run.started"]
    for start in starts:
        path = out / "runs" / events[start]["run"] / "events.jsonl"
        if path.exists():
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            assert lines == events[start : start + len(lines)], f"{path} differs"


def named(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def counted(lines):
    return {"count": len(lines), "digest": named("".join(line + "\n" for line in lines).encode())}


class Captures:
    """What the log says of each capture, and of the files that hold them."""

    def __init__(self):
        self.of_place = {}  # file, offset, record id: index of the reading
        self.reads = {}  # index of the reading: file, digest
        self.ended = {}  # index of the reading: index of the newest outcome
        self.files = {}  # file: digest
        self.read_last = set()  # files that the last run read

    def drop(self, index):
        self.of_place = {place: read for place, read in self.of_place.items() if read != index}

    def completed(self, run, start):
        if "unchanged" not in run:
            self.read_last = set()
        self.files.update(run["inputs"])
        self.read_last |= set(run["inputs"]) | set(run.get("again", []))
        self.read_last -= set(run.get("gone", []))
        for index in run.get("missing", []):
            self.drop(index)
        if "carried" not in run:
            return 0
        same = sorted(file for file in self.read_last if file not in run["inputs"])
        assert counted([f"{self.files[file]} {file}" for file in same]) == run["unchanged"], "other files were read"
        there = [index for index in self.of_place.values() if self.reads[index][0] in self.read_last]
        carried = sorted((self.reads[i][1], self.ended[i]) for i in there if self.ended[i] < start)
        assert counted([f"{digest} {event}" for digest, event in carried]) == run["carried"], "other captures are carried over"
        assert run["captures"] == sum(run["outcomes"].values()) + run["carried"]["count"], "counts don't balance"
        return len(carried)


def check_captures(out, events):
    """Follows the log: what each run concludes anew and what it carries over are all captures that it read."""
    captures, start, carried = Captures(), 0, 0
    for index, event in enumerate(attached(out, event) for event in events):
        name = event["event"]
        if name == "run.started":
            start = index
        elif name == "capture.read":
            place = event["file"], event["offset"], event.get("record_id", "")
            captures.of_place[place] = index
            captures.reads[index] = event["file"], event["digest"]
        elif name.startswith("document.") and "capture" in event:
            assert event["digest"] == captures.reads[event["capture"]][1], f"event {index} is about another capture"
            captures.ended[event["capture"]] = index
        elif name == "run.completed":
            carried += captures.completed(event, start)
        elif name in ("document.erased", "files.pruned"):
            for file, change in event.get("inputs", {}).items():
                after = change["after"] if isinstance(change, dict) else ""
                if after:
                    captures.files[file] = after
                    continue
                captures.files.pop(file, None)
                captures.read_last.discard(file)
                captures.of_place = {place: read for place, read in captures.of_place.items() if place[0] != file}
        elif name == "captures.compacted":
            assert captures.files[event["file"]] == event["before"], "another file was compacted"
            captures.files[event["file"]] = event["after"]
            check_places(out, event)
    return len(captures.of_place), carried


def check_places(out, event):
    """A compacted file has at each new place the record that the log names."""
    lines = (out / "objects" / event["moved"].removeprefix("sha256:")).read_bytes()
    assert named(lines) == event["moved"], "not the places that the log names"
    data = (out.parent / "raw" / event["file"]).read_bytes() if (out.parent / "raw" / event["file"]).exists() else b""
    if named(data) != event["after"]:
        return  # it was written again later
    for line in lines.splitlines():
        moved = json.loads(line)
        block = data[moved["to"] :]
        if block.startswith(b"\x1f\x8b"):
            block = zlib.decompressobj(31).decompress(block, 1 << 16)
        header = block.split(b"\r\n\r\n", 1)[0].decode()
        assert f"WARC-Record-ID: <{moved['record_id']}>" in header, f"{event['file']}: another record at {moved['to']}"


def check_packages(folder):
    from prov.model import ProvDocument
    from rocrate.rocrate import ROCrate

    for path in sorted(folder.iterdir()):
        if path.suffix == ".wacz":
            subprocess.run(["wacz", "validate", "-f", str(path)], check=True, stdout=subprocess.DEVNULL)
        elif path.suffix == ".json":
            document = ProvDocument.deserialize(str(path), format="json")
            assert len(list(document.get_records())) > 5
        else:
            crate = ROCrate(str(path))
            assert crate.data_entities and crate.root_dataset["datePublished"]
            for entity in crate.data_entities:
                if entity.type == "File":
                    assert pathlib.Path(entity.source).exists(), entity.id
        print(f"{path.name}: valid")


def check_lineage(path):
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

    kinds = []
    for line in path.read_text().splitlines():
        event = json.loads(line)
        RunEvent(
            eventType=RunState[event["eventType"]],
            eventTime=event["eventTime"],
            run=Run(runId=event["run"]["runId"]),
            job=Job(namespace=event["job"]["namespace"], name=event["job"]["name"]),
            inputs=[InputDataset(namespace=d["namespace"], name=d["name"]) for d in event["inputs"]],
            outputs=[OutputDataset(namespace=d["namespace"], name=d["name"]) for d in event["outputs"]],
            producer=event["producer"],
        )
        kinds.append(event["eventType"])
    assert kinds == ["START", "COMPLETE"], kinds


def main():
    out = pathlib.Path(sys.argv[1])
    vkey, events = check_log(out / "log")
    print(f"log: {len(events)} entries, signature, root, inclusion and consistency are right")
    captures, carried = check_captures(out, events)
    print(f"captures: {captures}, and {carried} times one was carried over; counts, digests and places are right")
    for path in sorted((out.parent / "proofs").glob("*.tlog-proof")):
        event = check_proof(path.read_text(), vkey)
        print(f"{path.name}: {event['event']} {event.get('id', '')}")
    for path in sorted((out / "runs").glob("*/openlineage.jsonl")):
        check_lineage(path)
    if (out.parent / "packages").is_dir():
        check_packages(out.parent / "packages")


if __name__ == "__main__":
    main()
