"""Chromium without a driver: DevTools messages over a pipe, so no port and no package is needed."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.fhir.builders import Json

PROGRAM = "chromium"
SECONDS_TO_END = 10
# Nothing but loopback can be reached: a page that asks for anything else fails its test.
ARGUMENTS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def lacks_chromium() -> bool:
    """Tell whether this machine has no Chromium."""
    return shutil.which(PROGRAM) is None


@dataclass
class Tab:
    """One page of a running Chromium; `events` holds what it has reported since the last visit."""

    commands: BinaryIO
    messages: int
    session: str = ""
    last_id: int = 0
    unread: bytes = b""
    events: list[Json] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> Json:
        """Send a DevTools command and return its result."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        answer = self._wait_for(lambda told: told.get("id") == self.last_id)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: Json = answer["result"]
        return result

    def open(self) -> None:
        """Begin with an empty page; what the one before it still reports is not heard any more."""
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def visit(self, url: str) -> None:
        """Open an address and wait until it has loaded."""
        self.events.clear()
        failed = self.call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        if not self.told("Page.loadEventFired"):
            self._wait_for(lambda told: told.get("method") == "Page.loadEventFired")

    def show_as(self, width: int, scheme: str = "light", media: str = "screen") -> None:
        """Set the width in CSS pixels, the colour scheme and the medium."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media=media, features=[feature])

    def evaluate(self, script: str) -> Any:
        """Return what a JavaScript expression gives."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def told(self, *methods: str) -> list[Json]:
        """Return the parameters of the events of these names."""
        return [event["params"] for event in self.events if event["method"] in methods]

    def _wait_for(self, is_meant: Callable[[Json], bool]) -> Json:
        while True:
            message = self._read()
            if "method" in message and message.get("sessionId") == self.session:
                self.events.append(message)
            if is_meant(message):
                return message

    def _read(self) -> Json:
        """Return the next message; one ends with a NUL byte."""
        pieces = [self.unread]
        while b"\0" not in pieces[-1]:
            piece = os.read(self.messages, 1_000_000)
            assert piece, "Chromium has ended"
            pieces.append(piece)
        text, _, self.unread = b"".join(pieces).partition(b"\0")
        message: Json = json.loads(text)
        return message


@contextmanager
def open_tab(profile: Path) -> Iterator[Tab]:
    """Start Chromium with a profile of its own and open one empty page."""
    to_read, commands = os.pipe()
    messages, to_write = os.pipe()
    # Chromium reads descriptor 3 and writes 4; bash puts the ends of the pipes there.
    shell = f'exec "$@" 3<&{to_read} 4>&{to_write}'
    command = ["bash", "-c", shell, "-", PROGRAM, *ARGUMENTS, f"--user-data-dir={profile}"]
    with (
        os.fdopen(commands, "wb") as out,
        (profile / "log").open("wb") as log,
        subprocess.Popen(command, pass_fds=(to_read, to_write), stderr=log) as process,
    ):
        os.close(to_read)
        os.close(to_write)
        tab = Tab(out, messages)
        try:
            tab.open()
            yield tab
        finally:
            process.terminate()
            process.wait(SECONDS_TO_END)
            os.close(messages)
