"""``python -m sandbox --port 8900 --smtp-port 8925``"""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Stands in for every outside service, over real HTTP."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8900, help="HTTP port")
    parser.add_argument("--smtp-port", type=int, default=8925, help="mailbox port; 0 for none")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how much faster rate-limit windows pass"
    )
    parser.add_argument(
        "--state", type=Path, default=None, metavar="FILE",
        help="keep grants and shelf changes in this file over restarts",
    )  # fmt: skip
    options = parser.parse_args()
    serve(
        host=options.host,
        port=options.port,
        smtp_port=options.smtp_port,
        speed=options.speed,
        state_path=options.state,
    )


if __name__ == "__main__":
    main()
