"""The command: start the sandbox, or tell a running one what to do.

Without a control option it serves in the foreground. With one (``--fault``, ``--clear``,
``--counters``, ``--reset-counters``, ``--limits``, ``--advance``) it talks to the sandbox that runs
at ``--url``; together with ``--serve`` it starts one in that state.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.faults import KINDS, Fault, parsed
from sandbox.server import serve

DEFAULT_URL = "http://127.0.0.1:8900"


def _fault(text: str) -> Fault:
    try:
        return parsed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError("must be above zero")
    return speed


def make_parser(prog: str) -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {name:<15} {what}" for name, what in KINDS.items())
    parser = argparse.ArgumentParser(
        prog=prog, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Stands in for every outside service, over real HTTP. Serves in the\n"
        "foreground; with a control option it tells a running one what to do.",
        epilog=f"kinds of faults:\n{kinds}\n\nexample: --fault discogs/masters:429,times=3",
    )  # fmt: skip
    served = parser.add_argument_group("serving")
    served.add_argument("--serve", action="store_true", help="serve, even with control options")
    served.add_argument("--host", default="127.0.0.1", help="address to listen on")
    served.add_argument("--port", type=int, default=8900, help="HTTP port")
    served.add_argument("--smtp-port", type=int, default=8925, help="mailbox port; 0 for none")
    served.add_argument(
        "--speed", type=_speed, default=1.0, help="how much faster rate-limit windows pass"
    )
    served.add_argument(
        "--state", type=Path, default=None, metavar="FILE",
        help="keep grants and shelf changes in this file over restarts",
    )  # fmt: skip
    told = parser.add_argument_group("control")
    told.add_argument(
        "--url", default=os.environ.get("SANDBOX_URL") or DEFAULT_URL,
        help="address of the running sandbox",
    )  # fmt: skip
    told.add_argument(
        "--fault", type=_fault, action="append", default=[],
        metavar="UPSTREAM[/PATH]:KIND[,seconds=N][,times=N][,code=N]",
        help="spoil answers; UPSTREAM is a prefix or *; may be given several times",
    )  # fmt: skip
    told.add_argument("--clear", action="store_true", help="take all faults away first")
    told.add_argument("--counters", action="store_true", help="print what was asked, by whom")
    told.add_argument("--reset-counters", action="store_true", help="count from zero again")
    told.add_argument(
        "--limits", choices=("on", "off"), default=None,
        help="off: no rate limit holds (for benchmarks; every answer says so)",
    )  # fmt: skip
    told.add_argument(
        "--advance", type=float, default=0.0, metavar="SECONDS", help="let that much time pass"
    )
    return parser


def _ask(url: str, path: str, method: str = "GET", body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - the person's own sandbox
        f"{url.rstrip('/')}/_control/{path}", data, {"Content-Type": "application/json"},
        method=method,
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def _tell(options: argparse.Namespace) -> None:
    """Do what the control options say, in a fixed order, and print what holds now."""
    url = options.url
    if options.reset_counters:
        _ask(url, "counters", "DELETE")
    if options.clear:
        _ask(url, "faults", "DELETE")
    for fault in options.fault:
        told = ("upstream", "kind", "path_prefix", "seconds", "times", "code")
        _ask(url, "fault", "POST", {name: getattr(fault, name) for name in told})
    if options.limits:
        _ask(url, "limits", "POST", {"on": options.limits == "on"})
    if options.advance:
        _ask(url, "clock", "POST", {"advance": options.advance})
    for row in _ask(url, "faults")["faults"]:
        left = "until cleared" if row["times"] is None else f"{row['times'] - row['hits']} times"
        where = row["upstream"] + row["path_prefix"]
        print(f"fault {where}: {row['kind']}, played {row['hits']} times, {left}")
    print(f"limits {'on' if _ask(url, 'limits')['on'] else 'OFF'}")
    if options.counters:
        _print_counters(_ask(url, "counters"))


def _print_counters(counters: dict[str, Any]) -> None:
    print(f"{counters['total']} requests")
    for name in ("by_status", "by_caller", "by_address"):
        print(name.replace("_", " "))
        for key, count in sorted(counters[name].items()):
            print(f"  {count:>7}  {key}")
    print("by path")
    for row in sorted(counters["rows"], key=lambda row: -row["count"])[:50]:
        where = f"{row['upstream']} {row['method']} {row['path']}"
        print(f"  {row['count']:>7}  {row['status']}  {where}  {row['caller'] or 'nobody'}")


def main(arguments: Sequence[str] | None = None, prog: str = "sandbox") -> int:
    """Exit status: 0, or 1 with one line on standard error."""
    options = make_parser(prog).parse_args(arguments)
    control = (options.fault or options.clear or options.counters or options.reset_counters
               or options.limits or options.advance)  # fmt: skip
    if options.serve or not control:
        serve(
            host=options.host, port=options.port, smtp_port=options.smtp_port,
            speed=options.speed, state_path=options.state, limits=options.limits != "off",
            faults=options.fault,
        )  # fmt: skip
        return 0
    try:
        _tell(options)
    except urllib.error.HTTPError as error:
        print(f"the sandbox refused: {error.read().decode('utf-8', 'replace')}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`); the interpreter's last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError):
        print(f"no sandbox answers at {options.url}", file=sys.stderr)
        return 1
    return 0
