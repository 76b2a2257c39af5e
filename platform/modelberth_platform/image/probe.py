"""Runs inside of a container that is tried out: starts the image's own command under a target's rules and asks it.

It is read from standard input by the image's Python, so it needs nothing but the standard library, version 3.8 or
later. What it found is the last line that it prints, as JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

NOTHING_FOUND: dict[str, Any] = {
    "start_seconds": None,
    "status": None,
    "answer": "",
    "invoke_seconds": None,
    "stop_seconds": None,
}


def main() -> None:
    plan = json.loads(sys.argv[1])
    found = (try_lambda if plan["role"] == "lambda" else try_server)(plan)
    found["memory_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps(found), flush=True)


def try_server(plan: Any) -> Any:
    """Start it, wait for /ping, send the example to /invocations, end it with SIGTERM."""
    found = dict(NOTHING_FOUND)
    process, started = start(plan, {"PORT": str(plan["port"])})
    while time.monotonic() - started < plan["start_seconds"] and process.poll() is None:
        status, _ = ask(plan["port"], "GET", "/ping", None, 2)
        if status == 200:
            found["start_seconds"] = time.monotonic() - started
            break
        time.sleep(0.05)
    if found["start_seconds"] is not None and plan["body"] is not None:
        asked = time.monotonic()
        answer = ask(plan["port"], "POST", "/invocations", plan["body"], plan["invoke_seconds"])
        found["status"], found["answer"] = answer
        found["invoke_seconds"] = time.monotonic() - asked
    end(process, plan, found)
    return found


def try_lambda(plan: Any) -> Any:
    """Offer the runtime API to it, hand out the example, and see what it answers."""
    found = dict(NOTHING_FOUND)
    api = RuntimeApi(plan["body"])
    threading.Thread(target=api.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{api.server_address[1]}"
    process, started = start(plan, {"AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "check"})
    while time.monotonic() - started < plan["start_seconds"] + plan["invoke_seconds"] and process.poll() is None:
        if api.asked is not None and (plan["body"] is None or api.answered is not None):
            break
        time.sleep(0.02)
    found["start_seconds"] = api.asked and api.asked - started
    if api.answered is not None:
        found["status"] = 500 if api.failed else 200
        found["answer"] = api.answer[:2000].decode("utf-8", "replace")
        found["invoke_seconds"] = api.answered - api.asked
    end(process, plan, found)
    return found


def start(plan: Any, variables: Any) -> Any:
    environment = dict(os.environ, **variables)
    with Path(plan["log"]).open("wb") as log:
        process = subprocess.Popen(plan["command"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    return process, time.monotonic()


def end(process: Any, plan: Any, found: Any) -> None:
    found["exited"] = process.poll()
    asked = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(plan["stop_seconds"])
            found["stop_seconds"] = time.monotonic() - asked
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    found["log"] = Path(plan["log"]).read_bytes()[-3000:].decode("utf-8", "replace")


def ask(port: int, method: str, path: str, body: Any, timeout: float) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body and body.encode(), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return None, str(error)
    finally:
        connection.close()


class RuntimeApi(HTTPServer):
    """Hands out one event."""

    def __init__(self, body: Any) -> None:
        super().__init__(("127.0.0.1", 0), Invocations)
        self.event = (body or "{}").encode()
        self.asked: Any = None
        self.answered: Any = None
        self.failed = False
        self.answer = b""


class Invocations(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        if self.server.asked is not None:
            time.sleep(3600)
        self.server.asked = time.monotonic()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:check")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.event)))
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self) -> None:
        self.server.answer = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.failed = self.path.endswith("/error")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answered = time.monotonic()


if __name__ == "__main__":
    main()
