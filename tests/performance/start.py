"""A worker from its start to its first answer, as `cds-service serve` starts it.

Run as a process of its own, `start.py REQUEST.json`: it imports nothing that the service does not,
and prints what the start took and what was imported for it.
"""

import io
import json
import os
import sys
import time
from pathlib import Path

from cds_service.app import collect_seldom, create_worker, keep_in_memory, read_content
from cds_service.settings import read_settings
from cds_service.web.running.metrics import share_counts

SERVICE = "/cds-services/onfh-order-select"


def start_worker(request: bytes) -> None:
    """Prepare a start, and make of it in a process of its own what a worker makes of it."""
    collect_seldom()
    settings = read_settings(os.environ)
    knowledge = read_content(settings)
    counts = share_counts(knowledge)
    keep_in_memory()
    loaded = set(sys.modules)
    if os.fork():
        os.wait()
        return
    started = time.process_time()
    app = create_worker(settings, knowledge, counts, 0)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": SERVICE,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request),
        "CONTENT_LENGTH": str(len(request)),
    }
    answer = b"".join(app(environ, lambda *_: print))
    seconds = time.process_time() - started
    told = {
        "cards": len(json.loads(answer)["cards"]),
        "cpuSeconds": seconds,
        "loaded": sorted(loaded),
        "imported": sorted(set(sys.modules) - loaded),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    start_worker(Path(sys.argv[1]).read_bytes())
