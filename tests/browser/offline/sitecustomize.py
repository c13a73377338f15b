"""Put on PYTHONPATH of the app under test: no process of it may reach beyond this machine, and a try leaves a trace."""

import os
import pathlib
import socket

_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo
_HERE = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", ""}


def _refuse(host):
    with pathlib.Path(os.environ["NETWORK_TRACE"]).open("a") as trace:
        trace.write(f"{host}\n")
    raise OSError(f"the network is blocked in this test: {host}")


def connect(self, address):
    if isinstance(address, tuple) and address[0] not in _HERE:
        _refuse(address[0])
    return _connect(self, address)


def getaddrinfo(host, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in _HERE and name != socket.gethostname():
        _refuse(name)
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = connect
socket.getaddrinfo = getaddrinfo
