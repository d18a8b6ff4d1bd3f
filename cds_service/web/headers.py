"""Headers that let a browser show an answer and do nothing else, and who may read it from afar."""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response

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
ANY_ORIGIN = "*"
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "authorization, content-type"),
    ("Access-Control-Max-Age", "600"),
)


@dataclass(frozen=True, slots=True)
class Headers:
    """What every answer carries, errors too; `origins` may read it in a browser, `*` is any.

    Clients reach us by https alone where `is_https`.
    """

    is_https: bool
    origins: frozenset[str]

    def set_on(self, response: Response, exchange: Exchange) -> None:
        """Set the headers; credentials are never allowed."""
        headers = response.headers
        headers.extend((*ALWAYS, ONLY_HTTPS) if self.is_https else ALWAYS)
        # An answer to a hook or an error is for this call only; a page may be kept and asked for.
        is_page = exchange.method in ("GET", "HEAD") and response.status_code < 400
        headers.setdefault("Cache-Control", "no-cache" if is_page else "no-store")
        is_for_any = ANY_ORIGIN in self.origins
        if exchange.origin and (is_for_any or exchange.origin in self.origins):
            headers["Access-Control-Allow-Origin"] = ANY_ORIGIN if is_for_any else exchange.origin
            if exchange.method == "OPTIONS":
                headers.extend(PREFLIGHT)
        if not is_for_any:
            response.vary.add("Origin")


def answer_to_hosts(app: Flask, names: list[str] | None) -> None:
    """Answer to these names in `Host` alone, whatever the case of their letters; None: to any."""
    app.config["TRUSTED_HOSTS"] = names
    answer = app.wsgi_app

    def answer_in_any_case(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = environ.get("HTTP_HOST", "").lower()
        return answer(environ, start)

    app.wsgi_app = answer_in_any_case  # type: ignore[assignment, method-assign]
