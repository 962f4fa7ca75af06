"""Countries of wants by the catalogue's names: "USA" and "EU" were stored as they were written, and
no pressing is filed under these.

Read some hundreds at a time, each changed in a statement of its own: nobody waits, and killed it
begins again and changes nothing twice. A name that nobody knows stays as it is."""

from typing import Any, ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Today's names, and not those of then: what is stored is compared with today's catalogue.
from catalog.words import country_named

PORTION = 500


def rename(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Name countries as pressings do, each once and in order, as new wants have them."""
    want: Any = apps.get_model("accounts", "Want")
    told = want.objects.exclude(countries=[]).order_by("pk").only("countries")
    last = 0
    while rows := list(told.filter(pk__gt=last)[:PORTION]):
        last = rows[-1].pk
        for row in rows:
            named = sorted({country_named(one) or one for one in row.countries})
            if named != row.countries:
                # Not what somebody has written meanwhile.
                want.objects.filter(pk=row.pk, countries=row.countries).update(countries=named)


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("accounts", "0006_copies_told_to_discogs")]

    operations: ClassVar = [
        # Going back, the names stay: the code of then finds pressings by them, too.
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
