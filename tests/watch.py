"""What processes ask of the network, seen in their system calls: a guard in Python does not see what native code does.

`Strace` follows a command and all that it starts. Where there is no strace, `Namespace` gives the command a network of
its own from which no way leads out, and the kernel counts what tried to leave it.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import ClassVar

import pytest

from tests.helpers import PROJECT

_DNS = 53
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_LOOKS_UP = ("/etc/resolv.conf", "/etc/hosts")
"""glibc reads them at the first look-up of a name in a process, whoever answers it."""


@dataclass(frozen=True, slots=True)
class Strace:
    """The calls of a command and of all its children that name an address or look up a name."""

    log: Path
    calls: ClassVar[str] = "connect,sendto,sendmsg,sendmmsg,openat,open"

    def command(self, command: Sequence[str], *, own_process: bool = False) -> list[str]:
        """What to start instead of `command`. With `own_process` the process that is started is still the command's,
        so that it can be told to end."""
        flags = ["-D"] if own_process else []
        return [
            *("strace", *flags, "-f", "-qq", "--seccomp-bpf", "--signal=none", "-s", "80"),
            *("-e", f"trace={self.calls}", "-o", str(self.log), *command),
        ]

    def attempts(self) -> list[str]:
        """Every look-up of a name and every address beyond this machine."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        leaving = {line.split()[0] for line in lines if _leaves(line)}  # what these threads send says whom they ask for
        return [line for line in lines if line.split()[0] in leaving and (_leaves(line) or " send" in line)]


_SEPARATE = """
import fcntl, pathlib, socket, struct, subprocess, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
status = subprocess.run(sys.argv[2:]).returncode
counters = [pathlib.Path("/proc/net", name).read_text() for name in ("snmp", "snmp6")]
pathlib.Path(sys.argv[1]).write_text("".join(counters))
sys.exit(status)
"""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A command in a network that is this machine alone. What a daemon looks up for it is not seen."""

    log: Path

    def command(self, command: Sequence[str]) -> list[str]:
        inside = [sys.executable, "-c", _SEPARATE, str(self.log), *command]
        return ["unshare", "--map-root-user", "--net", *inside]

    def attempts(self) -> list[str]:
        """What had nowhere to go: to an address elsewhere, or to a name server that listens on this machine."""
        counted = _counters(self.log.read_text())
        return [f"{name}: {count}" for name, count in counted if name.endswith(("OutNoRoutes", "NoPorts")) and count]


def _leaves(line: str) -> bool:
    if "open" in line.partition("(")[0]:
        return any(f'"{path}"' in line for path in _LOOKS_UP)
    return any(int(port) == _DNS or not _is_here(host) for port, host in _ADDRESS.findall(line))


def _is_here(host: str) -> bool:
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _counters(text: str) -> Iterable[tuple[str, int]]:
    """The kernel's counters by name: IPv4's are rows of names and of values in turn, IPv6's a line each."""
    rows = [line.split() for line in text.splitlines()]
    for names, values in itertools.pairwise(row for row in rows if row):
        if names[0] == values[0]:
            yield from ((f"{names[0]}{name}", int(value)) for name, value in zip(names[1:], values[1:], strict=True))
    yield from ((row[0], int(row[1])) for row in rows if len(row) == 2)


@functools.cache
def _works(*command: str) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


def can_trace() -> bool:
    """strace may be missing, or forbidden as in some containers."""
    return _works("strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true")


def can_separate() -> bool:
    return _works("unshare", "--map-root-user", "--net", "true")


def watch(log: Path) -> Strace | Namespace:
    """The best there is on this machine; skips the test where there is neither."""
    if can_trace():
        return Strace(log)
    if can_separate():
        return Namespace(log)
    pytest.skip("neither strace nor network namespaces can be used on this machine")


def plain_environment(home: Path) -> Mapping[str, str]:
    """That of a newcomer whose home is empty. Nothing in it silences anything: some libraries do not report where they
    see that they run in a test or in continuous integration."""
    temporary = home.parent / f"{home.name}-tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    home.mkdir(exist_ok=True)
    return {
        **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "HOME": str(home),
        "USER": "newcomer",
        "LANG": "C.UTF-8",
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": "1",
    }


def files_below(*folders: Path) -> list[str]:
    """Every file and socket in them, from the folder on."""
    return sorted(
        str(path.relative_to(folder.parent)) for folder in folders for path in folder.rglob("*") if not path.is_dir()
    )
