"""A link that was just made: kept, and what is there read at once."""

from __future__ import annotations

from accounts.linking import Proof, link_account
from accounts.models import LinkedService, User
from accounts.services.listening import start_listening_sync
from accounts.services.shelf_sync import start_shelf_sync


def link_and_read(user: User, service: str, proof: Proof) -> LinkedService:
    """Keeps the link and queues reading it: nobody links an account for the link's sake.

    Raises LinkedElsewhere as `link_account` does, with nothing queued.
    """
    link = link_account(user, service, proof)
    if service == LinkedService.Service.DISCOGS:
        start_shelf_sync(user)
    else:
        start_listening_sync(user, source=service)
    return link
