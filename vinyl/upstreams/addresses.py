"""Whether an address that somebody gave may be asked. Pure but for the resolver it is handed.

Whoever may name an address can name one behind our firewall: the cloud's metadata service, a
database, a neighbour. The name's spelling says nothing about that, so what counts is the address
that it resolves to; and as a name can resolve to something else a moment later, the connection
goes to the very address that was checked.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import certifi
from django.conf import settings
from requests.utils import requote_uri

from vinyl.upstreams.errors import AddressRefused, Unavailable

LONGEST = 2_000
Network = IPv4Network | IPv6Network
# (host, port) -> addresses in the order in which to try them; OSError when there are none.
Resolver = Callable[[str, int], Sequence[str]]

# IANA's special-purpose registries; everything that is not an ordinary public machine.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only 2000::/3 is given out to machines. That leaves out loopback, link-local, private
# (fc00::/7), multicast, v4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96). Within it, what
# carries a v4 address inside (Teredo, 6to4) or belongs to no machine is refused.
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


@dataclass(frozen=True)
class Rules:
    """`only`: nothing but this origin, and that wherever it lies (the sandbox). `also`: networks
    that count as public. `ca_file`: whose certificates are believed."""

    ports: frozenset[int] = frozenset({80, 443})
    only: str = ""
    also: tuple[Network, ...] = ()
    ca_file: str = certifi.where()


@dataclass(frozen=True)
class Target:
    """A checked address. `address` is the machine's, to connect to; `host` its name, for TLS and
    the Host header; `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str
    address: str = ""

    @property
    def origin(self) -> str:
        """Without path and query, which may be secret: webhooks' often are."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")


def site_rules() -> Rules:
    """In the sandbox exactly the sandbox; else the public internet on its usual ports."""
    return Rules(only=settings.SANDBOX_URL) if settings.SANDBOX else Rules()


def is_public(text: str, rules: Rules) -> bool:
    """Whether a machine's address, as text, is one that anybody on the internet can reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if any(address in network for network in rules.also):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return _public_6(address)


def _public_6(address: IPv6Address) -> bool:
    if address.scope_id or address not in _PUBLIC_6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_6)


def read(url: str, rules: Rules | None = None) -> Target:
    """What an address says, checked as far as that goes without asking a name server: for forms.
    AddressRefused."""
    rules = rules or site_rules()
    if not 0 < len(url) <= LONGEST or any(mark <= " " or mark in "\\\x7f" for mark in url):
        raise AddressRefused("", detail="not an address")
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme, parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one too
        raise AddressRefused("", detail="cannot be read") from None
    if scheme not in ("http", "https") or not host or "%" in host:
        raise AddressRefused(host, detail="scheme or host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(host, detail="password in the address")
    query = f"?{parts.query}" if parts.query else ""
    path = requote_uri(f"{parts.path or '/'}{query}")
    found = Target(scheme, host, port or {"http": 80, "https": 443}[scheme], path)
    if rules.only:
        if found.origin != rules.only.rstrip("/"):
            raise AddressRefused(host, detail="not the sandbox")
    elif found.port not in rules.ports:
        raise AddressRefused(host, detail=f"port {found.port}")
    elif _written_address(host) and not is_public(host, rules):
        raise AddressRefused(host, detail="not a public machine")
    return found


def _written_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def find(url: str, *, rules: Rules, resolve: Resolver, until: float) -> Target:
    """Where to connect. AddressRefused when any of the name's addresses is not public (who mixes
    them is playing a game); Unavailable when the name cannot be resolved in time."""
    read_as = read(url, rules)
    try:
        waiting = _resolvers.submit(resolve, read_as.host, read_as.port)
        addresses = waiting.result(timeout=max(0.0, until - time.monotonic()))
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Unavailable(read_as.host, detail=type(error).__name__) from None
    if not addresses:
        raise Unavailable(read_as.host, detail="no address")
    if not rules.only and not all(is_public(one, rules) for one in addresses):
        raise AddressRefused(read_as.host, detail="not a public machine")
    return Target(read_as.scheme, read_as.host, read_as.port, read_as.path, addresses[0])


def look_up(host: str, port: int) -> list[str]:
    """The system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_rest, where in found))


# A name server may take longer than a call may, and its answer cannot be hurried.
_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")


def networks(*texts: str) -> tuple[Network, ...]:
    """For `Rules.also`."""
    return tuple(ip_network(text) for text in texts)
