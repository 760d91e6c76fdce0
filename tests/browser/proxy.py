"""A delivery host for tests: passes every GET on to a server.

`python -m tests.browser.proxy` says its port, and wants to be told the address of the server on its standard input.
"""

from __future__ import annotations

import sys
import urllib.request
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError

_KEPT = ("Content-Type", "Cache-Control", "ETag", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers")


class Handler(BaseHTTPRequestHandler):
    """Stands between a browser and the server whose address is `origin`."""

    protocol_version = "HTTP/1.1"
    origin = ""

    def do_GET(self) -> None:
        try:
            with urllib.request.urlopen(self.origin + self.path) as answer:
                self._hand_over(answer)
        except HTTPError as refusal:
            self._hand_over(refusal)

    def _hand_over(self, answer: HTTPResponse | HTTPError) -> None:
        body = answer.read()
        self.send_response(answer.status or 502)
        for name in _KEPT:
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        Handler.origin = sys.stdin.readline().strip()
        server.serve_forever()
