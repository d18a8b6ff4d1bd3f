"""Many requests leave memory, descriptors and threads of the workers as they were."""

from pathlib import Path

import pytest

from tests.load.calls import call_at_once, for_calls, statuses
from tests.load.running import Running, running
from tests.soak import long

pytestmark = pytest.mark.enable_socket
CALLS = long(8_000, 200_000)
WARM_UP = 3_000
# Young objects are collected rarely, so what is in use goes up and down by some MB.
MOST_GROWTH_KB = 6_000


def test_many_requests_leave_the_workers_as_they_were(tmp_path: Path) -> None:
    with running(tmp_path, CDS_WORKERS="2") as server:
        call(server, WARM_UP)
        before = [resources_of(pid) for pid in server.workers()]
        call(server, CALLS - WARM_UP)
        after = [resources_of(pid) for pid in server.workers()]
    for (memory, *others), (memory_after, *others_after) in zip(before, after, strict=True):
        assert memory_after - memory < MOST_GROWTH_KB
        assert [b - a for a, b in zip(others, others_after, strict=True)] <= [2, 2]


def call(server: Running, count: int) -> None:
    """Make calls that are all answered; every second connection reaches another worker."""
    for _ in range(4):
        calls = call_at_once(4, lambda: server.port, for_calls(count // 4))
        assert set(statuses(calls)) == {200}


def resources_of(pid: int) -> tuple[int, int, int]:
    """Return the private memory in KB, the open files and the threads of a process."""
    process = Path(f"/proc/{pid}")
    rollup = (process / "smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in rollup[1:]}
    memory = sizes["Private_Dirty"] + sizes["Private_Clean"]
    return memory, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
