"""Reads the exports of `sanad export` with independent programs, and compares them with the records.

usage: outputs.py SANAD PROJECT WORK   (SANAD with all formats; PROJECT's config and captures are used; WORK is made)

JSON lines by datatrove's reader and Dolma's input struct, Parquet by DuckDB, pandas and PyArrow, SQLite by Python's own
module, metrics by Prometheus' client, objects in S3 by boto3 from moto's server; PostgreSQL is started in WORK, and an
export is killed half way through.
"""

import gzip
import importlib.util
import json
import math
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

PAGE = """<html><head><title>{0}</title></head><body><h1>{0}</h1><p>The government decided today that {1} will be shared
by all the districts of the valley, as the commission had proposed in its report of the spring.</p><p>The ministry will
see to it that the decision is carried out before the end of the year, and will report on it.</p></body></html>"""


class Place:
    """A folder with configuration, captures and results."""

    def __init__(self, sanad, project, folder):
        self.program, self.folder = sanad, folder
        folder.mkdir(parents=True)
        shutil.copytree(project / "config", folder / "config")
        (folder / "raw").mkdir()
        shutil.copy(project / "raw/demo.warc.gz", folder / "raw")
        self.env = os.environ | {"XDG_DATA_HOME": str(folder / "home")}

    def sanad(self, *arguments, codes=(0,)):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode in codes, f"{arguments}: {done.returncode}\n{done.stderr}"
        return done

    def page(self, name, text):
        (self.folder / "raw" / f"{name}.html").write_text(PAGE.format(name, text))

    def run(self, codes=(0,)):
        self.sanad("run", "--offline", "--metrics", "sanad.prom", codes=codes)

    def export(self, form, *more):
        self.sanad("export", "--format", form, *more)

    def records(self):
        files = sorted((self.folder / "normalized/records").glob("*.jsonl"))
        lines = [line for file in files for line in file.read_text().split("\n") if line]
        return {record["id"]: record for record in map(json.loads, lines)}

    def newest_run(self):
        reports = [json.loads(p.read_text()) for p in (self.folder / "normalized/runs").glob("*/report.json")]
        return max(reports, key=lambda r: r["log"]["end"])["run"]


def check_lines(place):
    import msgspec
    from datatrove.pipeline.readers import JsonlReader

    wanted = place.records()
    for name, form in [("x.jsonl", "jsonl"), ("x.jsonl.gz", "jsonl.gz"), ("x.jsonl.zst", "jsonl.zst")]:
        place.export(form, "--output", name)
        compression = {"x.jsonl.gz": "gzip", "x.jsonl.zst": "zstd"}.get(name)
        reader = JsonlReader(str(place.folder), glob_pattern=name, compression=compression)
        read = {document.id: document for document in reader.run()}
        assert read.keys() == wanted.keys(), name
        for key, document in read.items():
            assert document.text == wanted[key]["text"]
            assert document.metadata["version"] == wanted[key]["version"]
    # The package's own file, without what the package imports beside it.
    home = pathlib.Path(importlib.util.find_spec("dolma").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("data_types", home / "core/data_types.py")
    types = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(types)
    decoder = msgspec.json.Decoder(types.InputSpecWithMetadataAndAttributes)
    for line in gzip.open(place.folder / "x.jsonl.gz"):
        document = decoder.decode(line)
        record = wanted[document.id]
        assert (document.text, document.source) == (record["text"], record["source"])
        assert document.created == record.get("created", "") and document.added == record["added"]
    print(f"JSON lines: {len(wanted)} records, read by datatrove and Dolma")


def same(found, wanted, path=""):
    """Returns true if a row equals the record; fields that the record leaves out are null, an empty list or empty."""
    if path == "/metadata":
        found = json.loads(found) if found is not None else None
        assert found == wanted, path
        return
    if wanted is None:
        assert not found or (isinstance(found, float) and math.isnan(found)), f"{path}: {found!r}"
    elif isinstance(wanted, dict):
        found = dict(found)
        for name in found.keys() | wanted.keys():
            inner = found.get(name)
            if isinstance(inner, dict) and name not in wanted:
                same(inner, {}, f"{path}/{name}")
            else:
                same(inner, wanted.get(name), f"{path}/{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), path
        for one, other in zip(found, wanted):
            same(one, other, f"{path}[]")
    else:
        assert found == wanted, f"{path}: {found!r} is not {wanted!r}"


def check_parquet(place):
    import duckdb
    import pandas
    import pyarrow.parquet

    wanted = place.records()
    place.export("parquet", "--output", "x.parquet")
    path = str(place.folder / "x.parquet")
    rows = pyarrow.parquet.read_table(path).to_pylist(maps_as_pydicts="strict")
    assert len(rows) == len(wanted)
    for row in rows:
        same(row, wanted[row["id"]])
    frame = pandas.read_parquet(path)
    assert dict(zip(frame["id"], frame["text"])) == {key: record["text"] for key, record in wanted.items()}
    told = duckdb.sql(f"SELECT id, title, len(blocks), removed.chars, prov.log_index FROM '{path}'").fetchall()
    for key, title, blocks, chars, index in told:
        record = wanted[key]
        assert (title, blocks) == (record.get("title"), len(record["blocks"]))
        assert (chars, index) == (record["removed"]["chars"], record["prov"]["log_index"])
    headings = f"SELECT count(*) FROM (SELECT unnest(blocks) AS b FROM '{path}') WHERE b.kind = 'heading'"
    count = sum(block["kind"] == "heading" for record in wanted.values() for block in record["blocks"])
    assert duckdb.sql(headings).fetchall() == [(count,)] and len(told) == len(wanted)
    print(f"Parquet: {len(rows)} rows, every field the record's, read by PyArrow, pandas and DuckDB")


def check_sqlite(place):
    wanted = place.records()
    place.export("sqlite", "--output", "x.sqlite")
    with sqlite3.connect(place.folder / "x.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute("SELECT id, text, language, json_extract(record, '$.version'), record FROM records")
        rows = {row[0]: row[1:] for row in rows}
    assert rows.keys() == wanted.keys()
    for key, (text, language, version, whole) in rows.items():
        record = wanted[key]
        assert (text, language, version) == (record["text"], record.get("language"), record["version"])
        assert json.loads(whole) == record
    print(f"SQLite: {len(rows)} rows")


def check_metrics(place):
    from prometheus_client.parser import text_string_to_metric_families

    families = {f.name: f for f in text_string_to_metric_families((place.folder / "sanad.prom").read_text())}
    records = sum(sample.value for sample in families["sanad_records"].samples)
    assert records == len(place.records()) and all(f.type == "gauge" and f.documentation for f in families.values())
    print(f"metrics: {len(families)} families")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Postgres:
    """A PostgreSQL server on a socket in its own folder."""

    def __init__(self, folder):
        folder.mkdir()
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.programs, self.folder = programs[-1], folder
        self.user = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            shutil.chown(folder, "postgres", "postgres")
            for parent in folder.parents:
                if parent.stat().st_uid == 0 and parent != pathlib.Path("/") and parent != pathlib.Path("/tmp"):
                    parent.chmod(parent.stat().st_mode | 0o011)
            self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.call("initdb", "-D", folder / "data", "-U", "sanad", "-A", "trust", "-E", "UTF8", "--no-sync")
        # A self-signed certificate, for connections over the network.
        self.certificate = folder / "data/server.crt"
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        self.call(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, "-addext", "basicConstraints=critical,CA:FALSE",
            "-out", self.certificate, "-keyout", folder / "data/server.key",
        )
        rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\nhostssl all all ::1/128 trust\n"
        (folder / "data/pg_hba.conf").write_text(rules)
        port = free_port()
        options = f"-k {folder} -p {port} -c listen_addresses=localhost -c ssl=on -c fsync=off"
        self.call("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        self.address = f"postgresql://sanad@/postgres?host={folder}&port={port}"
        self.network = f"postgresql://sanad@localhost:{port}/postgres?sslmode=require"

    def call(self, program, *arguments):
        path = self.programs / program
        command = [*self.user, str(path if path.exists() else program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)

    def stop(self):
        self.call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def connect(self):
        import psycopg

        return psycopg.connect(self.address)

    def rows(self):
        with self.connect() as connection:
            rows = connection.execute("SELECT id, source, version, text, language, created, record FROM sanad_records")
            return {row[0]: row[1:] for row in rows}

    def check(self, wanted, why):
        rows = self.rows()
        assert rows.keys() == wanted.keys(), f"{why}: {rows.keys() ^ wanted.keys()}"
        for key, (source, version, text, language, created, whole) in rows.items():
            record = wanted[key]
            assert (source, version, text) == (record["source"], record["version"], record["text"]), why
            assert (language, created) == (record.get("language"), record.get("created")), why
            assert whole == record, why


def killed_half_way(place, server):
    """Starts an export and kills it while it writes rows."""
    with server.connect() as other:
        other.execute("LOCK TABLE sanad_records IN SHARE MODE")
        export = subprocess.Popen(
            [place.program, "export", "--format", "postgres", "--output", server.address], cwd=place.folder, env=place.env
        )
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sanad' AND wait_event_type = 'Lock'"
        for _ in range(200):
            other.execute("SELECT pg_stat_clear_snapshot()")
            if other.execute(waits).fetchone() == (1,):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the export never came to its rows")
        export.send_signal(signal.SIGKILL)
        export.wait()


def check_postgres(place, folder):
    server = Postgres(folder)
    try:
        to = ["--output", server.address]
        for name in ["kept", "changed", "gone"]:
            place.page(name, "the water of the two rivers")
        place.run()
        first, before = place.newest_run(), place.records()
        place.export("postgres", *to)
        server.check(before, "after the first run")
        place.page("changed", "a\\tb, \\N and the timber of the three forests")
        place.page("new", "the coal of the five mines")
        (place.folder / "raw/gone.html").unlink()
        # A removed document may count as a failure of the run.
        place.run(codes=(0, 1))
        wanted = place.records()
        assert wanted != before
        killed_half_way(place, server)
        server.check(before, "after an export that was killed")
        with server.connect() as connection:
            stamps = dict(connection.execute("SELECT id, xmin::text FROM sanad_records").fetchall())
        place.export("postgres", "--since", first, *to)
        server.check(wanted, "after the changes of the second run")
        with server.connect() as connection:
            now = dict(connection.execute("SELECT id, xmin::text FROM sanad_records").fetchall())
        same = sum(now[key] == stamps.get(key) for key in now)
        assert same == sum(before.get(key) == record for key, record in wanted.items()), "rows were touched for nothing"
        second = place.newest_run()
        place.page("changed", "the salt of the four lakes")
        (place.folder / "raw/new.html").unlink()
        place.run(codes=(0, 1))
        place.export("postgres", *to)
        server.check(place.records(), "after the third run, as a whole")
        refused = place.sanad("export", "--format", "postgres", "--output", server.network, codes=(2,))
        assert "certificate" in refused.stderr, refused.stderr
        shutil.copy(server.certificate, place.folder / "server.crt")
        place.env["SSL_CERT_FILE"] = "server.crt"
        place.export("postgres", "--output", server.network)
        # Into an empty database changes can't be exported: earlier records would be missing.
        with server.connect() as connection:
            connection.execute("CREATE SCHEMA other")
        elsewhere = f"{server.address}&options=-csearch_path%3Dother"
        refused = place.sanad("export", "--format", "postgres", "--since", second, "--output", elsewhere, codes=(2,))
        assert "export without --since" in refused.stderr, refused.stderr
        print(f"PostgreSQL: {len(place.records())} rows after three runs, none of an export that was killed")
    finally:
        server.stop()


def check_store(place):
    import boto3

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        names = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
        place.env |= names | {"AWS_ENDPOINT": address, "AWS_ALLOW_HTTP": "true"}
        client = boto3.client("s3", endpoint_url=address, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        for _ in range(100):
            try:
                client.create_bucket(Bucket="records")
                break
            except Exception:
                time.sleep(0.1)

        def objects(prefix=""):
            pages = client.get_paginator("list_objects_v2").paginate(Bucket="records", Prefix=prefix)
            return {o["Key"] for page in pages for o in page.get("Contents", [])}

        def read(key):
            return client.get_object(Bucket="records", Key=key)["Body"].read()

        place.export("jsonl", "--output", "s3://records/a/x.jsonl")
        lines = read("a/x.jsonl").decode().split("\n")
        assert {json.loads(line)["id"] for line in lines if line} == place.records().keys()
        place.export("json", "--output", "s3://records/folder")
        wanted = {f"folder/{key}.json" for key in place.records()} | {"folder/export.json"}
        assert objects("folder/") == wanted
        # A smaller export deletes the objects of the older one; a folder with other content is left alone.
        place.export("json", "--source", "mfa.tj", "--output", "s3://records/folder")
        assert objects("folder/") < wanted and "folder/export.json" in objects("folder/")
        refused = place.sanad("export", "--format", "json", "--output", "s3://records/a", codes=(2,))
        assert "aren't an export" in refused.stderr and objects("a/") == {"a/x.jsonl"}
        # An upload in several parts.
        large = Place(place.program, place.folder, place.folder.parent / "large")
        shutil.copytree(place.folder / "normalized", large.folder / "normalized")
        (line,) = [json.dumps(r, ensure_ascii=False) for r in list(place.records().values())[:1]]
        many = [line.replace('"id": "', f'"id": "{n:05}-', 1) + "\n" for n in range(40_000_000 // len(line.encode()))]
        (large.folder / "normalized/records/many.jsonl").write_text("".join(many))
        large.env = place.env
        large.export("jsonl", "--output", "s3://records/large.jsonl")
        assert read("large.jsonl").count(b"\n") == len(many) + len(place.records())
        # Captures are read from the object store.
        client.upload_file(str(place.folder / "raw/demo.warc.gz"), "records", "in/demo.warc.gz")
        place.sanad("import", "--raw", "imported", "s3://records/in/demo.warc.gz")
        assert list((place.folder / "imported").glob("import-demo-*.warc.gz"))
        missing = place.sanad("export", "--format", "jsonl", "--output", "s3://nowhere/x", codes=(2,))
        assert "s3://nowhere/x" in missing.stderr, missing.stderr
        print(f"S3: {len(wanted)} objects in a folder, one in several parts, one read")
    finally:
        server.kill()


def main():
    sanad, project, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    place = Place(str(sanad), project, work / "place")
    place.run()
    check_lines(place)
    check_parquet(place)
    check_sqlite(place)
    check_metrics(place)
    check_store(place)
    check_postgres(place, work / "postgres")


if __name__ == "__main__":
    main()
