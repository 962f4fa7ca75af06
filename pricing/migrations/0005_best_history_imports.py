"""Best prices by edition, what the border takes, and what prices were before."""

import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

PLACE = django.core.validators.RegexValidator(
    "^(\\*|[A-Z]{2}(-[A-Z0-9]{2,3})?)$", "A code such as ES, ES-CN, EU or *."
)


def _amount(name, digits, places, **more):
    return models.DecimalField(
        decimal_places=places, default=0, max_digits=digits, verbose_name=name, **more
    )


def _value(name):
    return models.DecimalField(
        blank=True, decimal_places=2, max_digits=10, null=True, verbose_name=name,
        help_text="Value of the goods in one parcel; empty: any.",
    )  # fmt: skip


def start_over(apps, schema_editor):
    """Best prices are made from the quotes; their rows mean something else from here on."""
    apps.get_model("pricing", "AlbumBestPrice").objects.all().delete()


def priced(apps, schema_editor):
    """Where somebody asked from before."""
    quotes = apps.get_model("pricing", "Quote").objects.exclude(territory="")
    territory = apps.get_model("pricing", "PricedTerritory")
    codes = {"ES", *quotes.order_by().values_list("territory", flat=True).distinct()}
    territory.objects.bulk_create(
        [territory(code=code, since=timezone.now()) for code in sorted(codes)]
    )


class Migration(migrations.Migration):
    dependencies = [("pricing", "0004_alerts_and_collection")]

    operations = [
        migrations.CreateModel(
            name="PricedTerritory",
            fields=[
                ("code", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="ImportRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                (
                    "charge",
                    models.CharField(
                        choices=[("duty", "duty"), ("vat", "VAT"), ("handling", "handling")],
                        max_length=10, verbose_name="charge",
                    ),
                ),
                ("origin", models.CharField(max_length=6, validators=[PLACE], verbose_name="from")),
                (
                    "destination",
                    models.CharField(max_length=6, validators=[PLACE], verbose_name="to"),
                ),
                ("share_low", _amount("percent, least", 6, 3)),
                ("share_high", _amount("percent, most", 6, 3)),
                (
                    "base",
                    models.CharField(
                        choices=[
                            ("goods", "the goods"),
                            ("delivered", "goods and shipping"),
                            ("all", "goods, shipping and duty"),
                        ],
                        default="delivered", max_length=10, verbose_name="percent of",
                    ),
                ),
                ("fixed_low", _amount("amount, least", 8, 2)),
                ("fixed_high", _amount("amount, most", 8, 2)),
                (
                    "per",
                    models.CharField(
                        choices=[("parcel", "parcel"), ("line", "item line")],
                        default="parcel", max_length=10, verbose_name="amount for each",
                    ),
                ),
                (
                    "currency",
                    models.CharField(default="EUR", max_length=3, verbose_name="currency"),
                ),
                ("above", _value("only above")),
                ("up_to", _value("only up to")),
                (
                    "waived_up_to",
                    _amount(
                        "not raised up to", 8, 2,
                        help_text="A charge that comes to this or less is not raised.",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="holds from")),
                (
                    "valid_until",
                    models.DateField(blank=True, null=True, verbose_name="holds until"),
                ),
                ("source_url", models.URLField(max_length=300, verbose_name="source")),
                (
                    "checked_on",
                    models.DateField(blank=True, null=True, verbose_name="checked on"),
                ),
                ("is_estimate", models.BooleanField(default=True, verbose_name="estimate")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
            ],
            options={
                "verbose_name": "import rule",
                "verbose_name_plural": "import rules",
                "ordering": ["destination", "origin", "charge", "above", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "valid_from"), name="import_rule_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            share_low__gte=0, share_high__gte=F("share_low"), share_high__lte=100
                        ),
                        name="import_rule_share",
                    ),
                    models.CheckConstraint(
                        condition=Q(fixed_low__gte=0, fixed_high__gte=F("fixed_low")),
                        name="import_rule_fixed",
                    ),
                    models.CheckConstraint(
                        condition=Q(currency__regex="^[A-Z]{3}$"), name="import_rule_currency"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("album_id", models.BigIntegerField()),
                ("release_id", models.BigIntegerField(blank=True, null=True)),
                ("source", models.CharField(max_length=20)),
                ("grade", models.CharField(blank=True, max_length=3)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("day_before", models.DateField(blank=True, null=True)),
                ("days", models.PositiveIntegerField(default=1)),
                ("count", models.PositiveIntegerField()),
                (
                    "prices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=None
                    ),
                ),
                ("weekly", models.BooleanField(default=False)),
                ("generated", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(weekly=False), fields=["last_day"], name="history_to_roll_up"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("album_id", "release_id", "source", "grade", "first_day"),
                        name="history_once", nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(last_day__gte=F("first_day")), name="history_days_in_order"
                    ),
                    models.CheckConstraint(
                        condition=Q(count__gt=0), name="history_count_positive"
                    ),
                ],
            },
        ),
        migrations.AddField("quote", "spread_eur", models.DecimalField(
            decimal_places=2, default=0, max_digits=12,
        )),
        migrations.AddField("quote", "charges", models.JSONField(blank=True, default=list)),
        migrations.AddField("quote", "edition", models.CharField(
            blank=True, choices=[("original", "Original"), ("reissue", "Reissue")], default="",
            max_length=8,
        )),
        migrations.RunPython(start_over, migrations.RunPython.noop),
        migrations.RemoveConstraint("albumbestprice", "best_price_once"),
        migrations.AddField(
            "albumbestprice", "edition", models.CharField(blank=True, default="", max_length=8)
        ),
        migrations.AlterField("albumbestprice", "updated_at", models.DateTimeField()),
        migrations.AddConstraint("albumbestprice", models.UniqueConstraint(
            fields=("album", "territory", "terms_group", "edition", "least_grade"),
            name="best_price_once",
        )),
        migrations.RunPython(priced, migrations.RunPython.noop),
    ]  # fmt: skip
