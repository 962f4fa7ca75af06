"""What a reader sees of an answer."""

import re

from django.urls import reverse


def words(page):
    """The text of an answer, without markup and doubled spaces."""
    body = re.sub(r"(?s)<head>.*?</head>", " ", page.content.decode())
    text = re.sub(r"<[^>]+>", " ", body).replace("&nbsp;", " ")
    return re.sub(r"\s+", " ", text)


def rows(page):
    """The ids of the pressings in the table, from top to bottom."""
    return [
        int(found) for found in re.findall(r'<tr role="row" id="p(\d+)"', page.content.decode())
    ]


def group_names(page):
    """The headings within the table, from top to bottom."""
    found = re.findall(r'scope="rowgroup">(.*?)<span>', page.content.decode())
    return [re.sub(r"\s+", " ", name).strip() for name in found]


def album_url(album, query=""):
    return reverse("pricing:album", args=[album.pk]) + query
