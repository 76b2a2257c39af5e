"""The runtime's entry point: `python -m modelberth_serving [ROLE]`.

serve         a server of its own on $PORT, else 8080; with --listen-fd and --host-fd a worker of the local host
lambda        answers the AWS Lambda runtime API
batch         predictions for the rows of a file
healthcheck   exit code 0 where the server of this container answers /ping

Without a role it is `lambda` where AWS_LAMBDA_RUNTIME_API is set, else `serve`.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import sys
import tempfile
import typing as t

from modelberth_serving.errors import ServingError
from modelberth_serving.stack import with_room

if t.TYPE_CHECKING:
    from modelberth_serving.supervision import Supervisor


def main(arguments: t.Optional[t.Sequence[str]] = None) -> int:
    command_line = list(sys.argv[1:] if arguments is None else arguments)
    command_line = command_line or ["lambda" if os.environ.get("AWS_LAMBDA_RUNTIME_API") else "serve"]
    options = _parser(with_batch="batch" in command_line).parse_args(command_line)
    role: t.Callable[[argparse.Namespace], int] = options.run
    gc.disable()  # until the model is loaded: a tenth of the start would go into walking objects that stay
    return with_room(lambda: role(options))


def _parser(*, with_batch: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="modelberth_serving", description="Answer for one bundle.")
    roles = parser.add_subparsers(dest="role", required=True)
    serve = roles.add_parser("serve", help="answer HTTP")
    serve.add_argument("--host", default=os.environ.get("MODELBERTH_HOST", "127.0.0.1"), help="address to bind")
    serve.add_argument("--port", type=int, default=_port(), help="(default: %(default)s)")
    serve.add_argument("--listen-fd", type=int, help="an inherited listening socket, instead of a port")
    serve.add_argument("--host-fd", type=int, help="the local host's end of supervision")
    serve.set_defaults(run=_explained(_serve))
    roles.add_parser("lambda", help="answer the AWS Lambda runtime API").set_defaults(run=_lambda)
    roles.add_parser("healthcheck", help="ask /ping of this container").set_defaults(run=_healthcheck)
    role = roles.add_parser("batch", help="predictions for the rows of a file")
    if with_batch:  # what it imports, no other role needs
        from modelberth_serving.batch import add_arguments, batch

        add_arguments(role)
        role.set_defaults(run=_explained(batch))
    return parser


def _port() -> int:
    return int(os.environ.get("PORT") or "8080")


def _explained(role: t.Callable[[argparse.Namespace], int]) -> t.Callable[[argparse.Namespace], int]:
    """The role, whose errors that a user can mend are told in one line instead of a traceback."""

    def run(options: argparse.Namespace) -> int:
        try:
            return role(options)
        except ServingError as error:
            print(f"modelberth_serving: {error}", file=sys.stderr)
            return 1

    return run


def _serve(options: argparse.Namespace) -> int:
    _collect_metrics()
    from modelberth_serving.server import serve
    from modelberth_serving.settings import Settings
    from modelberth_serving.workers import serve_with_workers, wanted_workers

    settings = Settings.from_environment()
    listener, supervisor = _sockets(options)
    workers = 1 if options.listen_fd is not None else wanted_workers(settings.bundle)
    if workers > 1:
        return serve_with_workers(listener, workers)
    serve(settings, listener, supervisor)
    return 0


def _lambda(options: argparse.Namespace) -> int:
    _collect_metrics()
    from modelberth_serving.aws_lambda import run

    run()
    return 0


def _healthcheck(options: argparse.Namespace) -> int:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection("127.0.0.1", _port(), timeout=4)
    try:
        connection.request("GET", "/ping")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


def _collect_metrics() -> None:
    # Read by prometheus_client when it is imported; workers that share the folder answer /metrics for all of them.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="modelberth-metrics-"))


def _sockets(options: argparse.Namespace) -> tuple[socket.socket, Supervisor]:
    from modelberth_serving.supervision import HostSupervisor, NoSupervisor

    if options.listen_fd is not None:
        listener = socket.socket(fileno=options.listen_fd)
        return listener, NoSupervisor() if options.host_fd is None else HostSupervisor(
            socket.socket(fileno=options.host_fd)
        )
    listener = socket.create_server((options.host, options.port), backlog=2048)
    return listener, NoSupervisor()


if __name__ == "__main__":
    sys.exit(main())
