"""Where other computers find this one."""

from __future__ import annotations

import ipaddress
import socket
import time
from functools import lru_cache

import psutil

from core.serve.allowed_hosts import THIS_COMPUTER

_INSIDE = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet")
"""How networks between a computer and the programs on it are called: nobody else is in them."""
_KEPT_SECONDS = 5


def own_addresses() -> tuple[str, ...]:
    """The IPv4 addresses of this computer in its networks, those of a usual local network first."""
    return _own_addresses(int(time.monotonic() / _KEPT_SECONDS))


@lru_cache(1)
def _own_addresses(now: int) -> tuple[str, ...]:
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        ipaddress.IPv4Address(address.address)
        for name, addresses in psutil.net_if_addrs().items()
        if name in up and not name.lower().startswith(_INSIDE)
        for address in addresses
        if address.family == socket.AF_INET
    ]
    usable = [one for one in found if not one.is_loopback and not one.is_link_local]
    return tuple(str(one) for one in sorted(usable, key=lambda one: (not one.is_private, one)))


def own_names() -> tuple[str, ...]:
    """By what names the server of a class may be called: the addresses of this moment, since a computer that slept may
    have others, and its name."""
    name = socket.gethostname().lower()
    return (*THIS_COMPUTER, *own_addresses(), name, f"{name}.local")
