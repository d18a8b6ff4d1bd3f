"""Headers that let a browser show an answer and do nothing else; refuses to know what it says."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, request

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


def on_refusals(app: Flask) -> tuple[tuple[str, str], ...]:
    """Return the headers of an answer to a hook that was not heard."""
    return (*_on_all(app), ("Cache-Control", "no-store"))


def register_headers(app: Flask) -> None:
    """Set the headers on every answer, errors too."""
    headers = _on_all(app)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.extend(headers)
        # An answer to a hook or an error is for this call only; a page may be kept and asked for.
        is_page = request.method in ("GET", "HEAD") and response.status_code < 400
        response.headers.setdefault("Cache-Control", "no-cache" if is_page else "no-store")
        return response


def register_hosts(app: Flask, names: list[str] | None) -> None:
    """Answer to these names in `Host` alone, whatever the case of their letters; None: to any."""
    app.config["TRUSTED_HOSTS"] = names
    answer = app.wsgi_app

    def answer_in_any_case(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = environ.get("HTTP_HOST", "").lower()
        return answer(environ, start)

    app.wsgi_app = answer_in_any_case  # type: ignore[assignment, method-assign]


def _on_all(app: Flask) -> tuple[tuple[str, str], ...]:
    """Return what every answer has; clients reach us by the preferred scheme only."""
    is_https = app.config["PREFERRED_URL_SCHEME"] == "https"
    return (*ALWAYS, ONLY_HTTPS) if is_https else ALWAYS
