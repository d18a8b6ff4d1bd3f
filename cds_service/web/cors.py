"""Cross-origin headers for browser-based CDS clients; refuses credentials."""

from flask import Flask, Response, request

ANY_ORIGIN = "*"
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "authorization, content-type"),
    ("Access-Control-Max-Age", "600"),
)


def register_cors(app: Flask, origins: frozenset[str]) -> None:
    """Allow the given origins, `*` for any, on every answer, errors and preflights alike."""

    @app.after_request
    def allow(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin and (ANY_ORIGIN in origins or origin in origins):
            allowed = ANY_ORIGIN if ANY_ORIGIN in origins else origin
            response.headers["Access-Control-Allow-Origin"] = allowed
            if request.method == "OPTIONS":
                response.headers.extend(PREFLIGHT)
        if ANY_ORIGIN not in origins:
            response.vary.add("Origin")
        return response
