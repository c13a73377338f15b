"""The verb `class`: the app for a class in the same network, each student with a space of their own."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from core.classroom.addresses import own_addresses
from core.classroom.guessing import readable
from core.classroom.page import join_link
from core.classroom.room import HOME, ClassRoom, find_class, open_class
from core.cli.output import language, note, print_json, say, words
from core.cli.serving import listen
from core.cli.starting import add_cluster_flag, app_script, cluster_of, run_instead
from core.cli.verbs import Parser, Verb
from core.errors import RecipeError, UserError
from core.jobs.cluster.launcher import require_token
from core.messages import Message, languages
from core.workspace import SHARED_CACHE, Workspace

_PORT = 8502
_MOST_UPLOADED = 64
"""Megabytes of one file: what thirty students send is held in memory until it is on the disk."""
_CONNECTIONS = 32_768
"""More than one device has ports to connect from."""


def _flags(parser: Parser) -> None:
    parser.add_argument(
        "--name", metavar="NAME",
        help=Message("what the class is called; one of this name that is there already continues"),
    )  # fmt: skip
    parser.add_argument(
        "--port", type=int, default=_PORT, metavar="N", help=Message("the port it answers at; default {n:d}", n=_PORT)
    )
    parser.add_argument(
        "--language", metavar="CODE",
        help=Message("the language of the class, such as {example}; without it, each browser's own", example="zh"),
    )  # fmt: skip
    parser.add_argument(
        "--tls", action="store_true",
        help=Message("answer over https, with a certificate made on the spot, so that phones give their live cameras; "
                     "each browser warns once"),
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help=Message("do not open a browser"))
    add_cluster_flag(parser)
    parser.add_argument(
        "--wipe", action="store_true", help=Message("delete the class with everything in it, and end"),
    )  # fmt: skip


def classroom(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Serve a class until somebody ends it, or delete it."""
    if flags.language and flags.language not in languages():
        raise RecipeError(
            Message("There is no language '{code}' here.", code=flags.language),
            Message("There are {codes:list}.", codes=languages()),
        )
    name = flags.name or words("My class")
    if flags.wipe:
        return _wipe(find_class(workspace, name), name, flags)
    if flags.cluster:
        require_token()
    script, cluster = app_script(), cluster_of(flags)
    room = open_class(workspace, name, flags.language or "")
    room.require_free()
    listen("0.0.0.0", flags.port).close()  # says by name what is in the way
    # Spelled out, since it is what makes the difference: here, and nowhere else, other computers may come in.
    options = {
        "server.address": "0.0.0.0", "server.port": flags.port, "server.maxUploadSize": _MOST_UPLOADED,
        "server.baseUrlPath": "", "server.enableAgentApi": "false",
    }  # fmt: skip
    if flags.tls:
        from core.classroom.tls import certificate  # a quarter of a second, for those alone who want it

        kept, key = certificate(room.folder, own_addresses())
        options |= {"server.sslCertFile": str(kept), "server.sslKeyFile": str(key)}
    _tell(room, flags)
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    if flags.no_browser:
        command.append("--server.headless=true")
    sys.stdout.flush()
    _take_connections()
    own = {"FINETUNE_LAB_HOME": str(workspace.root), HOME: str(room.folder), SHARED_CACHE: str(room.cache)}
    return run_instead(command, {**os.environ, **own, **cluster})


def _take_connections() -> None:
    """Usually a program may have some hundred files open (256 on macOS, 1,024 on Linux), and connections are files.
    Whoever opens as many and says nothing would keep everybody else out, and nothing could be written any more."""
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit; a container may not let us
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _CONNECTIONS if most == resource.RLIM_INFINITY else min(most, _CONNECTIONS)
        if now != resource.RLIM_INFINITY and now < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _wipe(room: ClassRoom | None, name: str, flags: argparse.Namespace) -> int:
    if room is None:
        raise UserError(Message("There is no class “{name}”.", name=name))
    room.require_free()
    room.wipe()
    if flags.json:
        print_json({"class": room.id, "name": room.name, "wiped": True})
    else:
        say("The class “{name}” is deleted, with everything in it.", name=room.name)
    return 0


def _tell(room: ClassRoom, flags: argparse.Namespace) -> None:
    scheme = "https" if flags.tls else "http"
    addresses = [f"{scheme}://{address}:{flags.port}" for address in own_addresses()]
    teacher = f"{scheme}://127.0.0.1:{flags.port}/teacher?key={room.teacher_key}"
    if flags.json:
        print_json(
            {
                "class": room.id, "name": room.name, "folder": str(room.folder), "port": flags.port,
                "addresses": addresses,
                "code": room.code, "join": [join_link(room, address) for address in addresses], "teacher": teacher,
                "members": len(room.members), "language": room.language or language().code,
            }
        )  # fmt: skip
        return
    say("Class “{name}”", name=room.name)
    if addresses:
        say("Students open {addresses:any} and type the code {code}.", addresses=addresses, code=readable(room.code))
    else:
        note("This computer is in no network: connect it to the one that the students are in.")
    if flags.tls:
        note(
            "Every browser warns once that it does not know this certificate, since it was made here. On a phone: "
            "“Advanced” (on an iPhone “Show Details”), then “Proceed” or “visit this website”."
        )
        note("On iPhones and iPads only “Take pictures” works so. For training there, leave {flag} out.", flag="--tls")
    say("Teacher's link, for you alone: {link}", link=teacher)
    say("What the class makes is kept in {folder}. Ctrl+C ends it.", folder=str(room.folder))


VERBS = (
    Verb("class", classroom, Message("start the app for a class: students join with a code, each with a space of "
                                     "their own"), _flags),
)  # fmt: skip
