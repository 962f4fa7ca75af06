"""Looks at lists that were made again on one day were counted as days. No album was shown on more
days than lie between its first and its last."""

from __future__ import annotations

from django.db import migrations

CAPPED = """
UPDATE recommendations_shown SET times = between_them.days
FROM (
    SELECT id, (last_at AT TIME ZONE 'UTC')::date - (first_at AT TIME ZONE 'UTC')::date + 1 AS days
    FROM recommendations_shown
) AS between_them
WHERE between_them.id = recommendations_shown.id AND times > between_them.days
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0007_what_more_named_and_lists_came_from"),
    ]

    operations = [migrations.RunSQL(CAPPED, migrations.RunSQL.noop)]
