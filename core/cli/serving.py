"""The verb `serve`: a finished run answers other programs over HTTP until it is stopped."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

from core.cli.output import listener, note, print_json, say
from core.cli.removing import note_damages
from core.cli.trying import USUAL, threshold_of
from core.cli.verbs import Parser, Verb, takes_run
from core.errors import RecipeError, UserError
from core.events import drain
from core.messages import Message
from core.runs.folder import RunFolder
from core.serve.allowed_hosts import THIS_COMPUTER
from core.serve.asking import PORT
from core.serve.questions import MEGABYTE, RequestLimits
from core.workspace import Workspace

_KEEP_ALIVE_SECONDS = 30
_GRACE_SECONDS = 10
"""So long a server that ends waits for requests that it has begun to answer."""


def _serve_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--host", default=THIS_COMPUTER[0], metavar="ADDRESS",
        help=Message("listen here; {usual} is this computer alone, {all} every network that it is in",
                     usual=THIS_COMPUTER[0], all="0.0.0.0"),
    )  # fmt: skip
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=Message("listen on this port; 0 takes any that is free")
    )
    parser.add_argument(
        "--allowed-host", dest="hosts", action="append", default=[], metavar="NAME",
        help=Message("a name or address by which other computers call this one, such as {example}; can be given "
                     "several times", example="lab.school.example"),
    )  # fmt: skip
    parser.add_argument(
        "--none-below",
        metavar="X",
        type=threshold_of,
        help=Message("rejection threshold for requests that name none: a number from 0 to 1, or “usual”"),
    )
    parser.add_argument(
        "--most-megabytes",
        type=_positive,
        default=RequestLimits().body // MEGABYTE,
        metavar="N",
        help=Message("the largest request"),
    )
    parser.add_argument(
        "--most-inputs", type=_positive, default=RequestLimits().inputs, metavar="N",
        help=Message("the most inputs in one request"),
    )  # fmt: skip


def _positive(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise RecipeError(Message("This must be a whole number above 0, not {given}.", given=given))
    return int(given)


def serve(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Serve a finished run until somebody stops it."""
    import uvicorn

    from core.jobs.batching import hurry
    from core.jobs.trying import open_model, refusal_of
    from core.serve.app import Served, application
    from core.serve.patience import PatientProtocol

    run = RunFolder.find(flags.run.removeprefix("run:"), workspace)
    note_damages(run)
    with listen(flags.host, flags.port) as listening:
        model = drain(open_model(run, workspace), listener(flags))
        hurry(model, run, workspace)
        refusal = refusal_of(model, run)
        served = Served(
            run=run.id, title=run.title, model=model, refusal=refusal,
            none_below=refusal.usual if flags.none_below == USUAL else flags.none_below,
            hosts=_names(flags.host, flags.hosts),
            limits=RequestLimits(flags.most_megabytes * MEGABYTE, flags.most_inputs),
        )  # fmt: skip
        config = uvicorn.Config(
            application(served), http=PatientProtocol, log_level="warning", access_log=False, server_header=False,
            ws="none", timeout_keep_alive=_KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=_GRACE_SECONDS,
        )  # fmt: skip
        _tell(flags, served.run, served.model.classes, served.hosts, listening)
        sys.stdout.flush()  # whoever started it may read through a pipe, and it goes on
        with suppress(KeyboardInterrupt):  # the way to end it
            uvicorn.Server(config).run(sockets=[listening])
    return 0


def _names(host: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """By what names requests may call the server: this computer's own, what it was told, and the one address that it
    listens on, if that is one."""
    try:
        own = () if ipaddress.ip_address(host).is_unspecified else (host,)
    except ValueError:
        own = (host,)
    return tuple(dict.fromkeys((*THIS_COMPUTER, "::1", *own, *allowed)))


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits already. UserError where the port is taken or the address is none of this computer's."""
    if not 0 <= port <= 65_535:
        raise RecipeError(Message("{flag} must lie between 0 and 65,535, not {given}.", flag="--port", given=str(port)))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                Message("Another program listens on port {port} already.", port=str(port)),
                Message("Choose another one with --port, or end that program."),
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise UserError(
                Message("This account may not listen on port {port}.", port=str(port)),
                Message("Choose one above 1023 with --port."),
            ) from error
        raise UserError(
            Message("{host} is no address of this computer.", host=host),
            Message("Leave {flag} out, or check it.", flag="--host"),
        ) from error
    # Connections inherit it. asyncio would not set it by itself, since this socket was not told its protocol; and each
    # answer goes out in two parts, of which the second would wait for the client's delayed "received": 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listening


def _tell(
    flags: argparse.Namespace, run: str, classes: Sequence[str], hosts: Sequence[str], listening: socket.socket
) -> None:
    host, port = listening.getsockname()[:2]
    named = f"[{host}]" if ":" in host else host
    address = f"http://{named if host in hosts else THIS_COMPUTER[0]}:{port}"
    if flags.json:
        print_json({"run": run, "address": address, "classes": list(classes), "hosts": list(hosts)})
        return
    say("Serving on {address}. Ctrl+C ends it.", address=address)
    if host not in hosts:  # for other computers
        note("Other computers may use it too, by these names: {names:list}. Add others with {flag}.",
             names=hosts, flag="--allowed-host")  # fmt: skip


VERBS = (Verb("serve", serve, Message("answer other programs over HTTP with a finished run"), _serve_flags),)
