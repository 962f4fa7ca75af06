"""The mailbox: an SMTP listener, and a page that shows what came in."""

from __future__ import annotations

import email
import re
from email import policy
from email.message import EmailMessage
from html import escape
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.pages import page
from sandbox.room import Room, box
from sandbox.state import State

LINK = re.compile(r"https?://[^\s<>\"')\]]+")
KEPT = 500


def read_mail(raw: bytes, envelope: Envelope, at: float, number: int) -> dict[str, Any]:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    text = plain.get_content() if plain else ""
    markup = html.get_content() if html else ""
    return {
        "id": number,
        "at": at,
        "from": str(message.get("From", envelope.mail_from or "")),
        "to": list(envelope.rcpt_tos),
        "subject": str(message.get("Subject", "")),
        "headers": {key: str(value) for key, value in message.items()},
        "text": text,
        "html": markup,
        "links": list(dict.fromkeys(LINK.findall(text or markup))),
    }


class Mailbox:
    """Listens for SMTP in its own thread and puts mails into the state."""

    def __init__(self, state: State, *, host: str, port: int) -> None:
        self._state = state
        self._count = 0
        self._controller = Controller(self, hostname=host, port=port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self._count += 1
        self._state.mail.append(read_mail(raw, envelope, self._state.clock.now(), self._count))
        del self._state.mail[:-KEPT]
        return "250 Message accepted for delivery"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


async def inbox(request: Request) -> Response:
    mails = box(request).state.mail
    rows = "".join(
        f'<tr><td><a href="/mail/{mail["id"]}">{escape(mail["subject"] or "(no subject)")}</a><br>'
        f"<small>to {escape(', '.join(mail['to']))}</small></td></tr>"
        for mail in reversed(mails)
    )
    empty = "<p>No mail yet. What the site sends appears here, newest first.</p>"
    return page("Mailbox", f"<table>{rows}</table>" if rows else empty, host="every mail server")


async def one_mail(request: Request) -> Response:
    number = request.path_params["number"]
    mail = next((m for m in box(request).state.mail if m["id"] == number), None)
    if mail is None:
        return page("No such mail", '<p><a href="/mail/">Mailbox</a></p>', host="mail", status=404)
    text = LINK.sub(
        lambda match: f'<a href="{match[0]}">{match[0]}</a>', escape(mail["text"], quote=False)
    )
    body = (
        f"<p>From {escape(mail['from'])}<br>To {escape(', '.join(mail['to']))}</p>"
        f'<pre>{text}</pre><p><a href="/mail/">All mail</a></p>'
    )
    return page(mail["subject"] or "(no subject)", body, host="every mail server")


class MailRoom(Room):
    name = "mail"

    def routes(self) -> list[Route]:
        return [Route("/", inbox), Route("/{number:int}", one_mail)]
