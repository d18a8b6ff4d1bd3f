"""Headers that let a browser show an answer and do nothing else, and who may read it from afar."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from cds_service.web.exchange import Exchange

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
ALWAYS = (
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
ONLY_HTTPS = ("Strict-Transport-Security", "max-age=31536000")
FOR_THIS_CALL = ("Cache-Control", "no-store")
TO_BE_ASKED_FOR = ("Cache-Control", "no-cache")
ANY_ORIGIN = "*"
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "authorization, content-type"),
    ("Access-Control-Max-Age", "600"),
)


class Headers:
    """What every answer carries, errors too; `origins` may read it in a browser, `*` is any.

    Clients reach us by https alone where `is_https`.
    """

    def __init__(self, is_https: bool, origins: frozenset[str]) -> None:
        self._always = (*ALWAYS, ONLY_HTTPS) if is_https else ALWAYS
        self._origins = origins
        self._is_for_any = ANY_ORIGIN in origins
        self._varies = () if self._is_for_any else ("Origin",)

    def add_to(self, headers: list[tuple[str, str]], exchange: Exchange) -> None:
        """Add to the headers of an answer, of a known status; credentials are never allowed."""
        # An answer to a hook or an error is for this call only; a page may be kept and asked for.
        if exchange.method not in ("GET", "HEAD") or exchange.status >= 400:
            headers.append(FOR_THIS_CALL)
        elif TO_BE_ASKED_FOR not in headers:
            headers.append(TO_BE_ASKED_FOR)
        headers += self._always
        origin = exchange.origin
        if origin and (self._is_for_any or origin in self._origins):
            allowed = ANY_ORIGIN if self._is_for_any else origin
            headers.append(("Access-Control-Allow-Origin", allowed))
            if exchange.method == "OPTIONS":
                headers += PREFLIGHT
        varies = exchange.varies + self._varies
        if varies:
            headers.append(("Vary", ", ".join(varies)))


def answer_to_hosts(app: Flask, names: list[str] | None) -> None:
    """Answer to these names in `Host` alone, whatever the case of their letters; None: to any."""
    if names is None:
        return
    app.config["TRUSTED_HOSTS"] = names
    answer = app.wsgi_app

    def answer_in_any_case(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = environ.get("HTTP_HOST", "").lower()
        return answer(environ, start)

    app.wsgi_app = answer_in_any_case  # type: ignore[assignment, method-assign]
