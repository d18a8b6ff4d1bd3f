"""A CDS Hooks service by somebody else, deliberately naive: what the runner must survive."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DISCOVERY = {
    "services": [
        {"hook": hook, "id": f"naive-{hook}", "description": "Greets.", "title": "Naive"}
        for hook in ("patient-view", "order-select")
    ]
}
CARD = {"summary": "Hello", "indicator": "info", "source": {"label": "Naive"}}
TRACE = 'Traceback (most recent call last):\n  File "app.py", line 7, in hook\nKeyError: 1'

Play = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers discovery properly and every POST by the server's `play`."""

    def do_GET(self) -> None:
        if self.path == "/cds-services":
            self.answer(200, json.dumps(DISCOVERY))
        else:
            self.answer(404, "<h1>Not found</h1>")

    def do_POST(self) -> None:
        play: Play = self.server.play  # type: ignore[attr-defined]
        with suppress(OSError):
            play(self)

    def body(self) -> bytes:
        """Read the body."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, text: str | bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text if isinstance(text, bytes) else text.encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def naive(handler: Handler) -> None:
    """Greet as a first version does: trusts its framework, its client and its own test data."""
    body = handler.body()
    if handler.headers.get("Content-Type") != "application/json":
        handler.answer(415, "Unsupported Media Type")
        return
    try:
        call = json.loads(body.decode())
        if "com.epic.cdshooks.request.criteria-id" in call.get("extension", {}):
            time.sleep(30)
        if any(key.startswith("-") for key in call["prefetch"]):
            handler.answer(200, "<html>Please log in</html>")
            return
        name = call["prefetch"]["patient"]["name"][0]["family"]
    except (ValueError, LookupError, TypeError, AttributeError):
        handler.answer(500, TRACE)
        return
    handler.answer(200, json.dumps({"cards": [{**CARD, "summary": f"Hello {name}"}]}))


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def _flood(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"[" * 65_536)


def _cards(*cards: object) -> str:
    return json.dumps({"cards": cards})


# What each says of itself is what it does to every call.
BAD_MANNERS: dict[str, Play] = {
    "hangs up": lambda h: h.connection.close(),
    "hangs": lambda _: time.sleep(30),
    "drips for ever": _drip,
    "floods": _flood,
    "is not HTTP": lambda h: h.connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n"),
    "breaks off": lambda h: h.answer(200, '{"cards": [', **{"Content-Length": "9000"}),
    "lies about gzip": lambda h: h.answer(200, '{"cards": []}', **{"Content-Encoding": "gzip"}),
    "redirects": lambda h: h.answer(307, "", Location="/login"),
    "redirects to nowhere": lambda h: h.answer(302, "", Location="http://[bad"),
    "shows a log-in page": lambda h: h.answer(200, "<html>\x1b[31mLog in</html>"),
    "says nothing": lambda h: h.answer(200, ""),
    "says no content": lambda h: h.answer(204, ""),
    "says an empty object": lambda h: h.answer(200, "{}"),
    "says null": lambda h: h.answer(200, "null"),
    "says an array": lambda h: h.answer(200, "[]"),
    "says cards that are none": lambda h: h.answer(200, '{"cards": {"0": 1}}'),
    "says cards of numbers": lambda h: h.answer(200, _cards(1, None, "x", [])),
    "says a card without a source": lambda h: h.answer(200, _cards({"summary": "Hello"})),
    "says null members": lambda h: h.answer(200, _cards({**CARD, "links": None})),
    "says empty members": lambda h: h.answer(200, _cards({**CARD, "suggestions": []})),
    "says too much": lambda h: h.answer(200, _cards({**CARD, "summary": "x" * 140})),
    "nests deeply": lambda h: h.answer(200, '{"cards": ' + "[" * 100_000),
    "sends broken UTF-8": lambda h: h.answer(200, b'{"cards": ["\xff\xfe\x80"]}'),
    "sends lone surrogates": lambda h: h.answer(200, '{"cards": ["\\ud800"]}'),
    "crashes": lambda h: h.answer(500, TRACE),
}


class _Quiet(ThreadingHTTPServer):
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def foreign_service(play: Play) -> Iterator[str]:
    """Serve on a free loopback port; give the address."""
    server = _Quiet(("127.0.0.1", 0), Handler)
    server.play = play  # type: ignore[attr-defined]
    threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
