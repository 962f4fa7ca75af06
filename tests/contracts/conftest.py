"""The contract tests serve bodies with the door tests' scripted server."""

from tests.upstreams.conftest import limits, outside

__all__ = ["limits", "outside"]
