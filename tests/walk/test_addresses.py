"""Who may go where, and what a visit may change, at every address that the resolver knows."""

import re
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.core import signing
from django.urls import reverse

from tests.walk.addresses import METHODS, PART, UNSAFE, Address, all_addresses, is_own, path_of
from tests.walk.conftest import MARK, SECRET, undone

# Secrets are marked wherever somebody reads: the answers are searched for them too.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marked")]

# The whole list of what anybody may open without signing in.
OPEN = {
    # pages of the frame, and what machines ask
    "home", "try", "privacy", "legal", "terms", "parts", "language", "theme", "healthz", "readyz",
    "jobs:status", "jobs:status_live",
    # the catalogue, which is open data
    "catalog:search", "catalog:suggest", "catalog:find", "catalog:sleeve", "catalog:cover",
    "recommendations:suggest", "pricing:album", "pricing:artist", "pricing:release",
    "api-artists", "api-albums", "api-album", "api-releases", "api-release",
    "api-schema", "api-docs",
    # the way in
    "account_login", "account_signup", "account_logout", "account_inactive",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "account_confirm_email",
    "account_email_verification_sent", "account_confirm_login_code",
    "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup",
    "admin:logout",
}  # fmt: skip
# What machines post to us: no browser's form, therefore no CSRF token, but a signature that is
# checked; without it nothing happens. Open to anybody for the same reason.
SIGNED = {"pricing:ebay_account_deletion", "accounts:messages_off"}
# Watching a job is for the browser that started it, signed in or not: to others it is not there.
NOT_THERE = {"jobs:job", "jobs:cancel", "jobs:again", "jobs:live"}
SIGN_IN = re.compile(r"^(/account/login/|/admin/login/|/account/reauthenticate/)")


def told_to_sign_in(answer):
    there = answer.get("Location") or answer.get("HX-Redirect") or ""
    return answer.status_code == 401 or bool(SIGN_IN.match(there))


def is_a_signpost(address):
    """An old address without a name, which only says where its page is now; the name of the
    sign-in library's own list of links leads to such a one of ours."""
    return address.name.rpartition(":")[2] in ("", "socialaccount_connections")


def ask(client, method, path, *, part=False, read_only=False, data=None):
    """The answer, with everything taken back that it changed; or the error it died of."""
    try:
        with undone(read_only=read_only):
            return client.generic(
                method,
                path,
                data or b"",
                content_type="application/x-www-form-urlencoded",
                headers=PART if part else {},
            )
    except Exception as error:
        return error


def said(method, path, part, answer):
    shown = repr(answer) if isinstance(answer, Exception) else answer.status_code
    if not isinstance(answer, Exception) and answer.get("Location"):
        shown = f"{shown} to {answer['Location']}"
    return f"{method} {path}{' (htmx)' if part else ''}: {shown}"


def visits(world, methods, *, only=lambda address: True):
    """(address, path, method, whether as htmx) of everything there is."""
    for address in all_addresses():
        if only(address):
            path = path_of(address, world)
            for method in methods:
                # Django's own pages know nothing of htmx, nor of verbs beyond these.
                if address.is_admin and method not in ("GET", "POST"):
                    continue
                yield address, path, method, False
                # Who may come in is settled before a verb is looked at: htmx asks by these two.
                if not address.is_admin and method in ("GET", "POST"):
                    yield address, path, method, True


@dataclass(frozen=True)
class Visit:
    """An address that somebody read, and the answer; `error` is what it died of."""

    address: Address
    path: str
    method: str
    part: bool
    status: int = 0
    head: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    error: str = ""

    @property
    def kind(self):
        return self.head.get("Content-Type", "")

    def __str__(self):
        shown = self.error or f"{self.status} {self.head.get('Location', '')}"
        return f"{self.method} {self.path}{' (htmx)' if self.part else ''}: {shown}"


READ: dict[str | None, list[Visit]] = {}


def read_by(world, browser_of, who):
    """All that this person can read, as page and as htmx, each time while PostgreSQL refuses every
    write. Read once for all tests that look at it: the answers tell of nothing that came before."""
    assert settings.EBAY_CERT_ID.startswith(SECRET), "whoever reads marks the secrets first"
    if who not in READ:
        client = browser_of(getattr(world, who) if who else None)

        def inside(one):
            """Nobody but the staff gets past the door of the admin: another test sees to that."""
            return who == "staff" or not one.is_admin

        # A head is its page without what stands in it: the owner's and nobody's stand for all.
        methods = ("GET", "HEAD") if who in ("owner", None) else ("GET",)
        READ[who] = [_visit(client, *one) for one in visits(world, methods, only=inside)]
    return READ[who]


def _visit(client, address, path, method, part):
    answer = ask(client, method, path, part=part, read_only=True)
    if isinstance(answer, Exception):
        return Visit(address, path, method, part, error=repr(answer))
    content = b"" if answer.streaming else answer.content
    return Visit(
        address, path, method, part, answer.status_code, dict(answer.items()), content
    )  # fmt: skip


def test_the_walk_knows_the_whole_site(world):
    paths = {path_of(address, world) for address in all_addresses()}
    for known in ("/records/", "/api/v1/me", "/account/login/", "/admin/accounts/user/"):
        assert known in paths
    assert len(paths) > 200


def test_an_address_that_nobody_can_fill_fails_the_walk(world):
    new = Address("pricing:basket", "baskets/<int:basket_id>/", ("basket_id",))
    with pytest.raises(pytest.fail.Exception, match="add it to FILL"):
        path_of(new, world)


def test_what_belongs_to_somebody_else_is_not_there(world, browser_of):
    owner, stranger = browser_of(world.owner), browser_of(world.stranger)
    wrong, reached = [], set()
    for address, path, method, part in visits(world, METHODS, only=is_own):
        if address.is_admin:
            continue
        theirs = ask(stranger, method, path, part=part)
        if isinstance(theirs, Exception) or theirs.status_code not in (404, 405):
            wrong.append(said(method, path, part, theirs))
            continue
        own = ask(owner, method, path, part=part)
        if isinstance(own, Exception):
            wrong.append("for the owner: " + said(method, path, part, own))
        elif own.status_code not in (404, 405):
            reached.add(address.name)
            if theirs.status_code != 404:
                wrong.append("taken, yet not 404: " + said(method, path, part, theirs))
    assert not wrong, "\n" + "\n".join(wrong)
    own_addresses = {one.name for one in all_addresses() if not one.is_admin and is_own(one)}
    assert reached == own_addresses, "to its owner each of these is there"


def test_what_is_named_in_a_query_or_a_form_is_not_there_either(world, browser_of):
    stranger = browser_of(world.stranger)
    topics = f"job:{world.job.pk},user:{world.owner.pk},status"
    assert stranger.get(reverse("jobs:live"), {"topics": topics}).status_code == 404
    owner = browser_of(world.owner)
    for name, row in (("wants", world.want), ("shelf", world.copy)):
        gone = owner.post(reverse(f"pricing:{name}_remove", args=[row.pk]))
        token = gone["Location"].partition("removed=")[2]
        shown = stranger.get(reverse(f"pricing:{name}"), {"removed": token}).text
        assert world.album.title not in shown
        for given in (token, "", "x", signing.dumps({"person": world.stranger.pk})):
            back = stranger.post(reverse(f"pricing:{name}_undo"), {"removed": given})
            assert back.status_code == 404


@pytest.mark.parametrize("who", ["stranger", None])
def test_nothing_of_a_person_stands_on_what_others_see(world, browser_of, who):
    leaks, read = [], 0
    for visit in read_by(world, browser_of, who):
        read += bool(visit.content)
        if visit.address.name == "api-schema":
            continue  # describes, knows nobody
        told = visit.content + repr((visit.error, visit.head)).encode()
        if MARK.encode() in told or re.search(rb"7[,.]?654[,.]?321", told):
            leaks.append(str(visit))
    assert not leaks, "\n" + "\n".join(leaks)
    assert read > 40
    mine = browser_of(world.owner).get(reverse("accounts:settings")).text
    assert MARK in mine, "the mark is there to be seen by its owner"


def test_who_is_not_signed_in_is_asked_to(world, browser_of):
    client = browser_of()
    wrong = []
    for address, path, method, part in visits(world, METHODS, only=lambda a: a.name not in OPEN):
        answer = ask(client, method, path, part=part)
        refused = not isinstance(answer, Exception) and (
            told_to_sign_in(answer)
            or answer.status_code == 405
            or (answer.status_code == 404 and address.name in NOT_THERE)
            or (answer.status_code >= 400 and address.name in SIGNED)
            or (answer.status_code in (301, 302) and is_a_signpost(address))
        )
        if not refused:
            wrong.append(f"{address.name}: {said(method, path, part, answer)}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_list_of_open_addresses_names_only_what_exists_and_is_open(world, browser_of):
    client = browser_of()
    names = {address.name for address in all_addresses()}
    assert names >= OPEN | NOT_THERE | SIGNED
    for address in all_addresses():
        if address.name in OPEN:
            answer = client.get(path_of(address, world))
            # Steps of signing in that somebody opens out of turn lead to its first one.
            in_turn = not address.name.startswith(("account_", "socialaccount_"))
            assert not (in_turn and SIGN_IN.match(answer.get("Location", ""))), address


def test_admin_is_for_staff_only(world, browser_of):
    client = browser_of(world.stranger)
    wrong = []
    for address, path, method, part in visits(world, METHODS, only=lambda one: one.is_admin):
        answer = ask(client, method, path, part=part)
        if address.name in ("admin:login", "admin:logout"):
            continue
        if isinstance(answer, Exception) or not told_to_sign_in(answer):
            wrong.append(said(method, path, part, answer))
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("who", ["owner", "stranger", "staff", None])
def test_reading_changes_nothing(world, browser_of, who):
    read = read_by(world, browser_of, who)
    wrong = [str(one) for one in read if one.error or one.status >= 500]
    shown = {
        one.path
        for one in read
        if one.method == "GET" and one.status == 200 and "event-stream" not in one.kind
    }
    wrong += [str(one) for one in read if one.path in shown and one.status == 405]
    assert len(read) > 200
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_write_would_be_seen_while_reading(world, browser_of):
    answer = ask(browser_of(world.owner), "POST", reverse("recommendations:reset"), read_only=True)
    assert "read-only transaction" in repr(answer)


def test_every_unsafe_verb_needs_its_token(world, browser_of):
    client = browser_of(world.owner, enforce_csrf_checks=True)
    wrong = []
    for address, path, method, part in visits(world, UNSAFE):
        signed = address.name in SIGNED
        answer = ask(client, method, path, part=part, read_only=signed)
        refused = not isinstance(answer, Exception) and (
            answer.status_code == 403 or (signed and 400 <= answer.status_code < 500)
        )
        if not refused:
            wrong.append(said(method, path, part, answer))
    assert not wrong, "\n" + "\n".join(wrong)
