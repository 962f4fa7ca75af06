"""What changes people, their links, listening, wants and records."""

from accounts.linking import unlink
from accounts.services.history import import_spotify_history
from accounts.services.links import link_and_read
from accounts.services.listening import forget_source, start_listening_sync
from accounts.services.profile import delete_account, update_profile
from accounts.services.shelf import (
    add_owned,
    add_want,
    remove_owned,
    remove_want,
)
from accounts.services.shelf_sync import start_shelf_sync

__all__ = [
    "add_owned",
    "add_want",
    "delete_account",
    "forget_source",
    "import_spotify_history",
    "link_and_read",
    "remove_owned",
    "remove_want",
    "start_listening_sync",
    "start_shelf_sync",
    "unlink",
    "update_profile",
]
