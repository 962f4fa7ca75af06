"""People: who they are, what they linked, what they listen to, own and want."""

from accounts.models.csv_files import CsvImport, CsvRow
from accounts.models.links import ApiToken, LinkedService
from accounts.models.listening import Listening, Snapshot
from accounts.models.messages import Message, MessageSettings
from accounts.models.people import GRADE_CHOICES, GRADES, User, UserManager
from accounts.models.shelf import SLEEVE_CHOICES, SLEEVE_WORDS, DiscogsChange, Owned, Want

__all__ = [
    "ApiToken", "CsvImport", "CsvRow", "DiscogsChange", "GRADES", "GRADE_CHOICES",
    "LinkedService", "Listening", "Message", "MessageSettings", "Owned", "SLEEVE_CHOICES",
    "SLEEVE_WORDS", "Snapshot", "User", "UserManager", "Want",
]  # fmt: skip
