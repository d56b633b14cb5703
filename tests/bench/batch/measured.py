"""Measures a command: seconds, processor seconds of all its processes, and their peak memory. Linux only."""
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds from one look at the memory to the next.
EVERY = 0.2


@dataclass
class Took:
    wall: float
    cpu: float
    # Megabytes: of the process itself, and of it with all its children (shared pages counted once).
    main: float
    tree: float
    # Processor seconds of the process itself, without its children.
    own: float
    output: str
    code: int


def tree_of(root):
    """The process and all that it started."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    found = [root]
    for process in found:
        found.extend(parents.get(process, []))
    return found


def memory(process):
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def resident(process):
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def own_time(process):
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def measured(command, cores=None, env=None):
    """Runs it to its end; `cores` as `taskset -c` has them."""
    if cores:
        command = ["taskset", "-c", cores, *command]
    peak = {"main": 0.0, "tree": 0.0}
    spent = {}
    ended = threading.Event()

    def watch(process):
        while not ended.is_set():
            there = tree_of(process)
            peak["tree"] = max(peak["tree"], sum(memory(p) for p in there))
            peak["main"] = max(peak["main"], resident(process))
            for one in there:
                spent[one] = max(spent.get(one, 0.0), own_time(one))
            ended.wait(EVERY)

    with open(os.devnull, "rb") as nothing:
        begun = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=nothing,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
        watcher = threading.Thread(target=watch, args=[child.pid])
        watcher.start()
        output = child.stdout.read().decode("utf-8", "replace")
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
    # What the system adds up leaves out processes that nobody waited for; what was seen leaves out the last moment of each.
    cpu = max(usage.ru_utime + usage.ru_stime, sum(spent.values()))
    return Took(wall, cpu, peak["main"], peak["tree"], spent.get(child.pid, 0.0), output, child.returncode)
