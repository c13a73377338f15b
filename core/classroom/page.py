"""The pages for joining: plain HTML that the oldest phone of a class can show. Nothing is fetched, nothing is run."""

from __future__ import annotations

from collections.abc import Mapping

import segno
from markupsafe import Markup
from starlette.requests import Request

from core.classroom.addresses import own_addresses
from core.classroom.guessing import readable, typed
from core.classroom.names import ANIMALS, LONGEST
from core.classroom.room import PASS, ClassRoom, Member
from core.errors import UserError
from core.messages import Language, chosen_language, languages, preferred_languages
from core.report.render import HTML, environment

_PACKAGE = "core.classroom"


def page_language(room: ClassRoom, request: Request) -> Language:
    """`?lang=`, that of the class, what the browser prefers, English."""
    asked = [request.query_params.get("lang", ""), room.language]
    preferred = preferred_languages(request.headers.get("accept-language", ""))
    return chosen_language([code for code in (*asked, *preferred) if code])


def joining_page(
    room: ClassRoom, member: Member | None, given: Mapping[str, str], error: UserError | None, language: Language
) -> str:
    """The form with what was `given` before and why that did not do; for a `member`, the way on."""
    return environment(language, HTML, _PACKAGE).get_template("join.html.j2").render(
        room=room, member=member, given=given, error=error, animals=ANIMALS, longest=LONGEST, language=language.code,
        for_one=len(typed(given.get("code", ""))) == PASS,
        others=[(code, _own_name(code)) for code in languages() if code != language.code],
    )  # fmt: skip


def opening_page(room: ClassRoom, language: Language) -> str:
    """What turns the teacher's browser to the board."""
    return environment(language, HTML, _PACKAGE).get_template("open.html.j2").render(room=room, language=language.code)


def projector_page(room: ClassRoom, scheme: str, port: int, language: Language) -> str:
    """Address, code and QR code for a whole room, and how many are in; it draws itself anew."""
    addresses = [f"{scheme}://{address}:{port}" for address in own_addresses()]
    return environment(language, HTML, _PACKAGE).get_template("projector.html.j2").render(
        room=room, addresses=addresses, code=readable(room.code), language=language.code,
        qr=Markup(qr_code(join_link(room, addresses[0]))) if addresses else "",
    )  # fmt: skip


def join_link(room: ClassRoom, address: str) -> str:
    """The link that the QR code holds: whoever follows it need not type the code."""
    return f"{address}/join?code={room.code}"


def phone_link(code: str, address: str) -> str:
    """The link to the page for the phone; whoever is not in the class yet joins first, with the `code`."""
    return f"{address}/join?code={code}&to=give"


def qr_code(link: str) -> str:
    """A link as a QR code: SVG."""
    drawn: str = segno.make(link, error="m", micro=False).svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    return drawn


def _own_name(code: str) -> str:
    """A language as its speakers call it."""
    from babel import Locale

    return Locale.parse(code.replace("-", "_")).display_name or code
