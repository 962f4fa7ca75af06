"""The cards of a list that was just made, drawn before the person looks at it."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone, translation

from accounts.models import User
from accounts.places import DEFAULT_ZONE, is_zone
from pricing.viewer import viewer_for
from recommendations import queries
from recommendations.candidates import OWN
from recommendations.listed_cards import Listed, ListIsGone, listed


def draw_ahead(user: User) -> int:
    """Draw the first tab as this person will see it, in the language and zone of their profile;
    returns how many cards. They are kept beside the list and found there as long as they are true;
    to a browser that speaks another language than an account without one, they are of no use."""
    found = queries.current_set(user)
    if found is None:
        return 0
    language = user.language or settings.LANGUAGE_CODE
    zone = user.time_zone if is_zone(user.time_zone) else DEFAULT_ZONE
    with translation.override(language), timezone.override(zone):
        try:
            drawn = listed(user, found.pk, OWN, viewer_for(user))
        except ListIsGone:
            drawn = Listed()
    return len(drawn.albums)
