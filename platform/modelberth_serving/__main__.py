"""`python -m modelberth_serving`: the runtime's entry point.

python -m modelberth_serving serve [--port PORT]               a server of its own (default: $PORT, else 8080)
python -m modelberth_serving serve --listen-fd N --host-fd M   a worker of the local host
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile

from modelberth_serving.settings import Settings, SettingsError
from modelberth_serving.supervision import HostSupervisor, NoSupervisor, Supervisor, SupervisorLost


def main() -> int:
    options = _parser().parse_args()
    # Read by prometheus_client when it is imported; workers that share the folder answer /metrics for all of them.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="modelberth-metrics-"))
    from modelberth_serving.bento import BundleLoadError
    from modelberth_serving.server import serve

    listener, supervisor = _sockets(options)
    try:
        serve(Settings.from_environment(), listener, supervisor)
    except (SettingsError, BundleLoadError, SupervisorLost) as error:
        print(f"modelberth_serving: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="modelberth_serving", description="Serve one bundle.")
    roles = parser.add_subparsers(dest="role", required=True)
    role = roles.add_parser("serve", help="answer HTTP")
    role.add_argument("--host", default="127.0.0.1", help="address to bind (default: %(default)s)")
    role.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    role.add_argument("--listen-fd", type=int, help="an inherited listening socket, instead of a port")
    role.add_argument("--host-fd", type=int, help="the local host's end of supervision")
    return parser


def _sockets(options: argparse.Namespace) -> tuple[socket.socket, Supervisor]:
    if options.listen_fd is not None:
        supervisor = HostSupervisor(socket.socket(fileno=options.host_fd))
        return socket.socket(fileno=options.listen_fd), supervisor
    listener = socket.create_server((options.host, options.port), backlog=2048)
    return listener, NoSupervisor()


if __name__ == "__main__":
    sys.exit(main())
