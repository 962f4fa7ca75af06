"""People: who they are, what they linked, what they listen to, own and want."""

from accounts.models.links import ApiToken, LinkedService
from accounts.models.listening import Listening, Snapshot
from accounts.models.people import GRADE_CHOICES, GRADES, User, UserManager
from accounts.models.shelf import Owned, Want

__all__ = [
    "ApiToken", "GRADES", "GRADE_CHOICES", "LinkedService", "Listening", "Owned", "Snapshot",
    "User", "UserManager", "Want",
]  # fmt: skip
