"""A small HTTP server on loopback that answers exactly as a test tells it, weather included."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Seen:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass
class Reply:
    """What to answer. `kind` other than "plain" is bad weather."""

    body: bytes | str = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "plain"
    seconds: float = 0.0


Answerer = Reply | Callable[[Seen], Reply]


class ScriptedServer:
    """Answers by path: the first rule whose path starts the request's path; else 404."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._rules: list[tuple[str, list[Answerer]]] = []
        self._lock = threading.Lock()
        script = self
        self._stopping = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                script._serve(self)

            do_POST = do_PUT = do_DELETE = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def on(self, path: str, *answers: Answerer) -> None:
        """Answers in order; the last one again and again."""
        with self._lock:
            self._rules.insert(0, (path, list(answers)))

    def asked(self, path: str = "/") -> list[Seen]:
        return [one for one in self.seen if one.path.startswith(path)]

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        seen = Seen(
            method=handler.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(length),
        )
        with self._lock:
            self.seen.append(seen)
            answer = self._answer_for(seen)
        reply = answer(seen) if callable(answer) else answer
        try:
            self._send(handler, reply)
        except OSError:
            handler.close_connection = True

    def _answer_for(self, seen: Seen) -> Answerer:
        for path, answers in self._rules:
            if seen.path.startswith(path):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return Reply(b'{"message": "not found"}', status=404)

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        if reply.kind == "hang":
            self._stopping.wait(reply.seconds or 30)
            handler.close_connection = True
            return
        if reply.kind == "slow":
            self._stopping.wait(reply.seconds)
        if reply.kind == "drip headers":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self._stopping.wait(reply.seconds):
                handler.wfile.write(b"X-More: x\r\n")
            return
        handler.send_response(reply.status)
        headers = {"Content-Type": "application/json", **reply.headers}
        if reply.kind != "endless":
            headers["Content-Length"] = str(len(body))
        else:
            headers["Connection"] = "close"
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if reply.kind in ("reset", "short"):
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            if reply.kind == "reset":
                linger = struct.pack("ii", 1, 0)
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
        elif reply.kind == "drip":
            for byte in body:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                if self._stopping.wait(reply.seconds):
                    return
        elif reply.kind == "endless":
            while not self._stopping.is_set():
                handler.wfile.write(body)
        else:
            handler.wfile.write(body)
