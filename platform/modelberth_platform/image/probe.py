"""Tries an image out inside of a container: starts the image's command under a target's rules and calls it.

It is read from standard input by the image's Python, so it needs nothing but the standard library, version 3.8 or
later. Its report is the last line that it prints, as JSON.
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

NO_RESULTS: dict[str, Any] = {
    "start_seconds": None,
    "status": None,
    "answer": "",
    "invoke_seconds": None,
    "stop_seconds": None,
}


def main() -> None:
    plan = json.loads(sys.argv[1])
    report = (try_lambda if plan["role"] == "lambda" else try_server)(plan)
    report["memory_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps(report), flush=True)


def try_server(plan: Any) -> Any:
    """Start the command, wait for /ping, send the example to /invocations, end it with SIGTERM."""
    report = dict(NO_RESULTS)
    process, started = start(plan, {"PORT": str(plan["port"])})
    while time.monotonic() - started < plan["start_seconds"] and process.poll() is None:
        status, _ = ask(plan["port"], "GET", "/ping", None, 2)
        if status == 200:
            report["start_seconds"] = time.monotonic() - started
            break
        time.sleep(0.05)
    if report["start_seconds"] is not None and plan["body"] is not None:
        sent = time.monotonic()
        answer = ask(plan["port"], "POST", "/invocations", plan["body"], plan["invoke_seconds"])
        report["status"], report["answer"] = answer
        report["invoke_seconds"] = time.monotonic() - sent
    end(process, plan, report)
    return report


def try_lambda(plan: Any) -> Any:
    """Start the command, offer it the runtime API, hand out the example, and take the answer."""
    report = dict(NO_RESULTS)
    api = RuntimeApi(plan["body"])
    threading.Thread(target=api.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{api.server_address[1]}"
    process, started = start(plan, {"AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "check"})
    while process.poll() is None:
        limit = started + plan["start_seconds"] if api.asked is None else api.asked + plan["invoke_seconds"]
        if time.monotonic() > limit or (api.asked is not None and (plan["body"] is None or api.answered is not None)):
            break
        time.sleep(0.02)
    report["start_seconds"] = api.asked and api.asked - started
    if api.asked is not None and api.answered is not None:  # an error of the init is answered without being asked for
        report["status"] = 500 if api.failed else 200
        report["answer"] = api.answer[:2000].decode("utf-8", "replace")
        report["invoke_seconds"] = api.answered - api.asked
    elif api.asked is not None and plan["body"] is not None:
        report["invoke_seconds"] = time.monotonic() - api.asked
    end(process, plan, report)
    return report


def start(plan: Any, variables: Any) -> Any:
    environment = dict(os.environ, **variables)
    with Path(plan["log"]).open("wb") as log:
        process = subprocess.Popen(plan["command"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    return process, time.monotonic()


def end(process: Any, plan: Any, report: Any) -> None:
    report["exited"] = process.poll()
    signalled = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(plan["stop_seconds"])
            report["stop_seconds"] = time.monotonic() - signalled
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    report["log"] = Path(plan["log"]).read_bytes()[-3000:].decode("utf-8", "replace")


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
    """An AWS Lambda runtime API that hands out one event."""

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
