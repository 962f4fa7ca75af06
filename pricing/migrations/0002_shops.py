"""The first shops. Their search addresses were never confirmed by us, so a curator may edit them;
those that ask for care are switched off until somebody confirmed them."""

from django.db import migrations

SHOPS = [
    # name, slug, city, template, enabled, notes
    ("Marilians", "marilians", "Madrid",
     "https://www.marilians.com/busqueda?controller=search&s={q}", True,
     "Link only: programs have been refused there."),
    ("Bajo el Volcán", "bajo-el-volcan", "Madrid",
     "https://www.bajoelvolcan.es/busqueda/listaLibros.php?tipoBus=full&palabrasBusqueda={q}",
     True, ""),
    ("Bora Bora", "bora-bora", "Granada", "https://discosborabora.com/?s={q}", True,
     "City not confirmed."),
    ("Revolver", "revolver", "Barcelona",
     "https://www.revolverrecords.es/?s={q}&post_type=product", True, ""),
    ("Todocolección", "todocoleccion", "",
     "https://www.todocoleccion.net/buscador?bu={q}", False, "Confirm the address first."),
    ("Wallapop", "wallapop", "",
     "https://es.wallapop.com/app/search?keywords={q}", False, "Confirm the address first."),
    ("Vinted", "vinted", "",
     "https://www.vinted.es/catalog?search_text={q}", False, "Confirm the address first."),
    ("Fnac", "fnac", "",
     "https://www.fnac.es/SearchResult/ResultList.aspx?Search={q}", False,
     "Confirm the address first."),
]  # fmt: skip


def add(apps, schema_editor):
    shop = apps.get_model("pricing", "Shop")
    for position, (name, slug, city, template, enabled, notes) in enumerate(SHOPS, start=1):
        shop.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name, "city": city, "country": "ES", "url_template": template,
                "enabled": enabled, "position": position * 10, "notes": notes,
            },
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
