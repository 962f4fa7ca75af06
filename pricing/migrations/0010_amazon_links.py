"""Amazon as a link: its interface asks for an associate's sales, so it is not asked. One row for
each site, shown to people in the countries that it serves."""

from django.db import migrations

SITES = [
    # name, slug, country, shown to people in, further words, address
    ("Amazon.es", "amazon-es", "ES", ["ES"], "vinilo", "www.amazon.es"),
    ("Amazon.de", "amazon-de", "DE", ["DE", "AT"], "vinyl", "www.amazon.de"),
    ("Amazon.fr", "amazon-fr", "FR", ["FR"], "vinyle", "www.amazon.fr"),
    ("Amazon.it", "amazon-it", "IT", ["IT"], "vinile", "www.amazon.it"),
    ("Amazon.nl", "amazon-nl", "NL", ["NL"], "vinyl", "www.amazon.nl"),
    ("Amazon.co.uk", "amazon-uk", "GB", ["GB", "IE"], "vinyl", "www.amazon.co.uk"),
    ("Amazon.com", "amazon-com", "US", ["US"], "vinyl", "www.amazon.com"),
]
NOTES = "Link only: its interface asks for an associate's sales. Test the link once."


def add(apps, schema_editor):
    shop = apps.get_model("pricing", "Shop")
    for number, (name, slug, country, countries, word, host) in enumerate(SITES):
        shop.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name, "city": "", "country": country, "countries": countries,
                "url_template": f"https://{host}/s?k={{q}}+{word}", "enabled": True,
                "position": 100 + number, "notes": NOTES,
            },
        )  # fmt: skip


def take_away(apps, schema_editor):
    slugs = [row[1] for row in SITES]
    apps.get_model("pricing", "Shop").objects.filter(slug__in=slugs, notes=NOTES).delete()


class Migration(migrations.Migration):
    dependencies = [("pricing", "0009_shop_outlives_people")]
    operations = [migrations.RunPython(add, take_away)]
