#!/usr/bin/env python3
# ruff: noqa: E501, UP031, B007  (a record is easier to read as the one line that it is)
"""Write synthetic Discogs data dumps (releases, masters, artists, labels) in the dump's own XML schema.

The values are made up; the shapes are those of the real monthly dumps, as counted in public samples of them: element
order, which fields may be missing, the credits' sizes, the date forms, the '(2)' suffixes, the share of vinyl.
Two shapes: --era 2026 (default: no `status`, no `images`, empty elements left out, master_id 0 for none, `series`)
and --era 2020 (`status`, `images`, empty elements kept as <anv/>, `resource_url`).

Same --releases, --seed and --era give the same XML bytes, whatever --jobs. Standard library only.

    python3 make_discogs_dump.py --releases 300000 --seed 7 --out bench-data --gzip --jobs 2
"""

import argparse
import itertools
import json
import multiprocessing
import os
import random
import sys
import time
import zlib

BLOCK = 2000  # records per independently seeded block

# --- vocabularies -------------------------------------------------------------------------------------------------
_SYL = (
    "ba be bo bra ca co cu da de di do dra el en fa fi fo fre ga gi go gra ha he hi ho in jo ka ki ko la le li lo "
    "lu ma me mi mo mu na ne ni no nor o pa pe pi po pra ra re ri ro ru sa se si so sta ta te ti to tra tri u va "
    "ve vi vo wa we wi ya zo"
).split()
_COMMON = (
    "the of love you in and my a to night me for on it all is your blue day time heart down no black be world "
    "baby song life go dance dream out up little fire with from don't rain sun moon way home never red man girl "
    "one away house dub road light star river gone mind soul sweet want know let's ain't town boy summer last "
    "long sky street back blues party rock funky space again wild lost under golden high white eyes over "
    "another good".split()
)
_UNI = (
    "Dahlbäck Östermalm Söder Björk Motörhead Sigur Rós Ágætis Édith Françoise José Año Corazón Ação São Čeština "
    "Dvořák Łódź Zażółć Gęślą Müller Straße Frühling Größe Žižkov Øst Århus Þór Виктор Цой Группа Крови Звезда "
    "по имени Солнце Ночь Любовь Дождь Город 坂本龍一 夜 愛の歌 東京 さくら ゆめ 山下達郎 カセット レコード 中森明菜 사랑 "
    "노래 밤 Μίκης Θεοδωράκης Τραγούδι שיר אהבה أم كلثوم"
).split()
_FIRST = (
    "John David Michael Paul James Robert Peter Mark Chris Steve Tom Jim Bob Mike Tony Jeff Richard Bill Frank "
    "Anna Maria Carl Jean Hans Karl Luis Carlos Juan Pedro Paolo Marco Giorgio Kenji Hiroshi Dmitri Sergei Lars "
    "Sven Jan Piet Marie Claire Sophie Emma Nina Sarah Lisa Kate Susan Brian Alan Ray Roy Joe Jack Max Ben Sam "
    "Jesper Cari Ola André José René Søren Jürgen Zoë"
).split()
_LAST = (
    "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson White Harris "
    "Martin Thompson Garcia Martinez Robinson Clark Lewis Lee Walker Hall Allen Young King Wright Hill Scott "
    "Green Adams Baker Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins "
    "Lekebusch Dahlbäck Müller Schmidt Weber Fischer Rossi Ferrari Tanaka Suzuki Petrov Ivanov Novák García "
    "O'Brien Larsson"
).split()
_GENRES = (
    ["Rock"] * 27
    + ["Electronic"] * 24
    + ["Pop"] * 17
    + ["Folk, World, &amp; Country"] * 9
    + ["Jazz"] * 8
    + ["Hip Hop"] * 6
    + ["Funk / Soul"] * 7
    + ["Classical"] * 6
    + ["Reggae"] * 4
    + ["Latin"] * 4
    + ["Stage &amp; Screen"] * 3
    + ["Blues"] * 2
    + ["Non-Music"] * 2
    + ["Children's", "Brass &amp; Military"]
)
_STYLES = (
    "House,Techno,Pop Rock,Experimental,Punk,Synth-pop,Indie Rock,Alternative Rock,Ambient,Soul,Disco,Hardcore,"
    "Folk,Electro,Deep House,Tech House,Hard Rock,Euro House,Folk Rock,Ballad,Black Metal,Death Metal,Trance,"
    "Minimal,Vocal,Soft Rock,Rock &amp; Roll,Drum n Bass,Noise,Chanson,Downtempo,Industrial,Heavy Metal,Funk,"
    "Abstract,Psychedelic Rock,Prog Rock,Country,Classic Rock,New Wave,Garage Rock,Progressive House,Schlager,"
    "Acoustic,Dub,Europop,Contemporary Jazz,RnB/Swing,Fusion,Breakbeat,Roots Reggae,Soul-Jazz,Hard Bop,"
    "Easy Listening,Leftfield,Goth Rock,Shoegaze,Post-Punk,Conscious,Gangsta,Boom Bap,Free Improvisation,"
    "Bossa Nova,Samba,Salsa,Romantic,Baroque,Modern,Opera,Soundtrack,Spoken Word,Dancehall,Ska,Grindcore,"
    "Doom Metal,Thrash,Power Pop,Krautrock,Musique Concrète,Modern Classical"
).split(",")
_COUNTRIES = (
    ["US"] * 30
    + ["UK"] * 18
    + ["Germany"] * 11
    + ["France"] * 6
    + ["Japan"] * 6
    + ["Italy"] * 5
    + ["Europe"] * 6
    + ["Netherlands"] * 3
    + ["Canada"] * 3
    + ["Spain"] * 3
    + ["Sweden"] * 2
    + ["Australia"] * 2
    + ["Unknown"] * 2
    + [
        "Brazil",
        "Belgium",
        "Russia",
        "USSR",
        "Jamaica",
        "Greece",
        "Yugoslavia",
        "UK &amp; Europe",
        "Mexico",
        "Argentina",
        "Poland",
        "Portugal",
        "South Korea",
        "Worldwide",
    ]
)
_ROLES = (
    ["Written-By"] * 34
    + ["Producer"] * 12
    + ["Composed By"] * 6
    + ["Vocals"] * 5
    + ["Music By"] * 5
    + ["Remix"] * 4
    + ["Lyrics By"] * 4
    + ["Guitar"] * 4
    + ["Drums"] * 3
    + ["Bass"] * 3
    + ["Mastered By"] * 3
    + ["Lead Vocals"] * 2
    + ["Engineer"] * 3
    + ["Featuring"] * 3
    + ["Arranged By"] * 2
    + ["Mixed By"] * 3
    + ["Backing Vocals"] * 2
    + ["Piano"] * 2
    + ["Recorded By"] * 2
    + ["Lacquer Cut By"] * 2
    + [
        "Written-By, Producer",
        "Written-By, Producer, Mixed By",
        "Performer",
        "Executive-Producer",
        "Photography By",
        "Keyboards",
        "Artwork",
        "Design",
        "Liner Notes",
        "Producer [Original]",
        "Written-By [All Tracks By]",
        "Mastered By [Mastering]",
        "Tenor Saxophone",
        "Trumpet",
        "Violin",
        "Cello",
        "Artwork By [Design &amp; Layout]",
        "Producer, Arranged By, Engineer [Assistant]",
    ]
)
_ENT = (
    [(21, "Published By")] * 18
    + [(13, "Phonographic Copyright (p)")] * 14
    + [(14, "Copyright (c)")] * 12
    + [(23, "Recorded At")] * 11
    + [(9, "Distributed By")] * 7
    + [(10, "Manufactured By")] * 6
    + [(17, "Pressed By")] * 6
    + [(29, "Mastered At")] * 5
    + [(8, "Made By")] * 2
    + [(27, "Mixed At")] * 2
    + [(16, "Printed By")] * 2
    + [(4, "Record Company")] * 2
    + [
        (37, "Produced For"),
        (6, "Licensed From"),
        (30, "Lacquer Cut At"),
        (31, "Glass Mastered At"),
        (26, "Produced At"),
    ]
)
_QUALITY = (
    ["Needs Vote"] * 74
    + ["Correct"] * 15
    + ["Complete and Correct"] * 3
    + ["Needs Minor Changes"] * 5
    + ["Needs Major Changes"] * 3
)
_JOIN = ["&amp;", ",", "Feat.", "And", "vs.", "/", "With", "Presents", "-"]
_FREETEXT = [
    "Gatefold",
    "White",
    "Red",
    "180 gram",
    "180g",
    "Clear",
    "Jewel Case",
    "Digipak",
    "Blue Marbled",
    "Paper Labels",
    "Terre Haute Pressing",
    "Santa Maria Pressing",
    "Black &amp; White Splatter",
    "Solid Centre",
]
_LP_DESC = [
    "Album",
    "Album",
    "Album",
    "Reissue",
    "Stereo",
    "Compilation",
    "Repress",
    "Limited Edition",
    "Mono",
    "Remastered",
    "Promo",
    "Club Edition",
    "Numbered",
    "Special Edition",
    "Deluxe Edition",
    "Unofficial Release",
]


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class World:
    """The pools every block draws from: built from the seed alone, so each worker process has the same ones."""

    def __init__(self, releases, seed, era):
        self.n_releases = releases
        self.n_artists = max(200, int(releases * 0.525))
        self.n_labels = max(50, int(releases * 0.124))
        self.n_masters = max(20, int(releases * 0.1335))
        self.seed, self.era = seed, era
        rng = random.Random(f"pools-{seed}")
        words = [w.capitalize() for w in _COMMON]
        made = set()
        while len(made) < 6000:
            made.add("".join(rng.choices(_SYL, k=rng.choice((2, 2, 3, 3, 4)))).capitalize())
        made = sorted(made)
        rng.shuffle(made)
        # Zipf-like: common words often, made-up words seldom.
        self.words = words * 40 + made + _UNI * 8
        self.nwords = len(self.words)
        pick = rng.choice
        names = []
        for _ in range(60000):
            kind = rng.random()
            if kind < 0.55:
                name = f"{pick(_FIRST)} {pick(_LAST) if rng.random() < 0.5 else pick(made)}"
            elif kind < 0.72:
                name = f"The {pick(made)}s"
            elif kind < 0.86:
                name = f"{pick(self.words)} {pick(made)}"
            elif kind < 0.93:
                name = f"{pick(_FIRST)} {pick(made)} & The {pick(made)} {pick(words)}s"
            else:
                name = " ".join(rng.choices(_UNI, k=rng.choice((1, 2, 2))))
            names.append(_escape(name))
        self.names = names
        self.label_names = [
            _escape(
                f"{pick(self.words)} {pick(made)}".strip()
                + pick(
                    (
                        " Records",
                        " Records",
                        " Recordings",
                        "",
                        "",
                        "",
                        " Music",
                        " Ltd.",
                        " & Co.",
                        " Discos",
                        " Schallplatten",
                    )
                )
            )
            for _ in range(20000)
        ]
        self.company_names = [
            _escape(
                f"{pick(made)} {pick(('Music', 'Publishing', 'Studios', 'Pressing Plant', 'Records', 'Ltd.', 'Inc.', 'Songs', 'Sound', 'GmbH', 'Music Publ. Co. & Sons'))}"
            )
            for _ in range(8000)
        ]
        self.anvs = [
            n.replace(n.split(" ")[0], n[0] + ".", 1) if " " in n else n.upper()
            for n in names[:20000]
        ]
        self.titles = []
        for _ in range(120000):
            k = rng.choices((1, 2, 3, 4, 5, 7), (22, 33, 22, 13, 7, 3))[0]
            t = " ".join(rng.choices(self.words, k=k))
            x = rng.random()
            if x < 0.07:
                t += (
                    " ("
                    + pick(
                        (
                            "Original Mix",
                            "Dub",
                            "Instrumental",
                            "Live",
                            "Remix",
                            "Radio Edit",
                            "Extended Version",
                            f"{pick(made)} Remix",
                        )
                    )
                    + ")"
                )
            elif x < 0.10:
                t += " & " + pick(words)
            elif x < 0.11:
                t = '"' + t + '"'
            elif x < 0.112:
                t += " <" + pick(words) + ">"
            self.titles.append(_escape(t))
        self.durations = [f"{m}:{s:02d}" for m in range(1, 10) for s in range(60)]
        # weights for how many tracks a release has, by kind
        self.note_bits = [
            "Recorded at",
            "Mastered at",
            "Printed in",
            "Made in",
            "Distributed by",
            "All tracks published by",
            "Special thanks to",
            "Issued with a printed inner sleeve.",
            "Comes in a gatefold sleeve.",
            "Barcode on sticker.",
            "℗ &amp; ©",
            "Track durations do not appear on the release.",
            "Runouts are etched.",
            "[l=",
            "[a=",
            "Limited to 500 copies.",
            "Catalog number on spine:",
            "Released in",
            "First pressing with",
            "Labels:",
            "&lt;see also&gt;",
            "Side A plays at 45 RPM.",
        ]

    def artist_name(self, aid):
        base = self.names[aid * 7919 % 60000]
        # one in eighteen names carries a number, as Discogs writes a second artist of a name
        return f"{base} ({2 + aid % 11})" if aid % 18 == 0 else base

    def label_name(self, lid):
        base = self.label_names[lid * 7907 % 20000]
        return f"{base} ({2 + lid % 7})" if lid % 15 == 0 else base


class Maker:
    """Writes the records of one block."""

    def __init__(self, world, kind, block):
        self.w = world
        self.rng = random.Random(f"{kind}-{world.seed}-{world.era}-{block}")
        self.r = self.rng.random
        self.old = world.era == 2020

    # skewed picks: few artists and labels are on many releases
    def aid(self):
        r = self.r()
        return 1 + int(self.w.n_artists * r * r * r)

    def lid(self):
        r = self.r()
        return 1 + int(self.w.n_labels * r * r)

    def pick(self, seq):
        return seq[int(self.r() * len(seq))]

    def many(self, mean, top):
        """A geometric-like count of at least 1."""
        n = 1
        p = 1 - 1 / mean
        r = self.r
        while n < top and r() < p:
            n += 1
        return n

    def main_artist(self, aid, join=None):
        r = self.r()
        anv = self.pick(self.w.anvs) if r < 0.10 else ""
        if self.old:
            return (
                f"<artist><id>{aid}</id><name>{self.w.artist_name(aid)}</name>"
                + (f"<anv>{anv}</anv>" if anv else "<anv/>")
                + (f"<join>{join}</join>" if join else "<join/>")
                + "<role/><tracks/></artist>"
            )
        return (
            f"<artist><id>{aid}</id><name>{self.w.artist_name(aid)}</name>"
            + (f"<anv>{anv}</anv>" if anv else "")
            + (f"<join>{join}</join>" if join else "")
            + "</artist>"
        )

    def credit(self, aid, tracks=""):
        r = self.r()
        role = self.pick(_ROLES)
        anv = self.pick(self.w.anvs) if r < 0.30 else ""
        if self.old:
            return (
                f"<artist><id>{aid}</id><name>{self.w.artist_name(aid)}</name>"
                + (f"<anv>{anv}</anv>" if anv else "<anv/>")
                + f"<join/><role>{role}</role>"
                + (f"<tracks>{tracks}</tracks>" if tracks else "<tracks/>")
                + "</artist>"
            )
        ident = "" if r > 0.983 else f"<id>{aid}</id>"
        return (
            f"<artist>{ident}<name>{self.w.artist_name(aid)}</name>"
            + (f"<anv>{anv}</anv>" if anv else "")
            + f"<role>{role}</role>"
            + (f"<tracks>{tracks}</tracks>" if tracks else "")
            + "</artist>"
        )

    def artists_block(self):
        r = self.r()
        if r < 0.10:
            return (
                "<artists><artist><id>194</id><name>Various</name>"
                + ("<anv/><join/><role/><tracks/>" if self.old else "")
                + "</artist></artists>"
            ), True
        if r < 0.84:
            return f"<artists>{self.main_artist(self.aid())}</artists>", False
        n = 2 if r < 0.95 else 3
        return "<artists>" + "".join(
            self.main_artist(self.aid(), self.pick(_JOIN) if i < n - 1 else None) for i in range(n)
        ) + "</artists>", False

    def text(self, mean_words):
        out = []
        n = 1 + int(self.rng.expovariate(1 / mean_words))
        pick, bits, words = self.pick, self.w.note_bits, self.w.words
        while n > 0:
            out.append(pick(bits))
            k = 2 + int(self.r() * 5)
            out.extend(self.rng.choices(words, k=k))
            n -= k + 2
            x = self.r()
            if x < 0.25:
                out.append("&#13;\n")
            elif x < 0.4:
                out.append("\n\n")
        return " ".join(out).strip()

    def videos(self, mean, title):
        n = self.many(mean, 30)
        out = ["<videos>"]
        rng = self.rng
        for _ in range(n):
            key = "".join(
                rng.choices(
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=11
                )
            )
            t = self.pick(self.w.titles)
            r = self.r()
            desc = (
                ""
                if r < 0.10
                else f"{title} - {t}"
                if r < 0.70
                else f"Provided to YouTube by {self.pick(self.w.company_names)}\n\n{t} · {title}\n\n"
                f"℗ {self.pick(self.w.label_names)}\n\nAuto-generated by YouTube."
                if r < 0.88
                else self.text(14)
            )
            d = (
                f"<description>{desc}</description>"
                if desc
                else ("<description/>" if self.old else "")
            )
            out.append(
                f'<video src="https://www.youtube.com/watch?v={key}" duration="{60 + int(self.r() * 500)}" '
                f'embed="true"><title>{title} - {t}</title>{d}</video>'
            )
        out.append("</videos>")
        return "".join(out)

    def genres(self):
        r = self.r()
        n = 1 if r < 0.72 else 2 if r < 0.95 else 3
        g = list(dict.fromkeys(self.pick(_GENRES) for _ in range(n)))
        out = "<genres><genre>" + "</genre><genre>".join(g) + "</genre></genres>"
        r = self.r()
        n = 0 if r < 0.13 else 1 if r < 0.52 else 2 if r < 0.82 else 3 if r < 0.95 else 5
        if n:
            s = list(dict.fromkeys(self.pick(_STYLES) for _ in range(n)))
            out += "<styles><style>" + "</style><style>".join(s) + "</style></styles>"
        elif self.old:
            out += "<styles/>" if self.r() < 0.0 else ""
        return out

    def release(self, rid):
        w, r, pick, old = self.w, self.r, self.pick, self.old
        kind = r()
        text = pick(_FREETEXT) if r() < 0.09 else ""
        # (format name, descriptions, qty, tracks, vinyl-like positions)
        if kind < 0.155:
            name, desc, qty, n, side = (
                "Vinyl",
                ['7"', "45 RPM"] + (["Single"] if r() < 0.75 else ["EP"]),
                1,
                2 if r() < 0.8 else 4,
                True,
            )
        elif kind < 0.295:
            name, desc, qty, n, side = (
                "Vinyl",
                ['12"']
                + (["33 ⅓ RPM"] if r() < 0.4 else ["45 RPM"] if r() < 0.3 else [])
                + [pick(("EP", "Maxi-Single", "Single", "Promo", "White Label", "Test Pressing"))],
                1 if r() < 0.9 else 2,
                2 + int(r() * 4),
                True,
            )
        elif kind < 0.465:
            name, desc, qty, n, side = (
                "Vinyl",
                ["LP"] + list(dict.fromkeys(pick(_LP_DESC) for _ in range(1 + int(r() * 2.6)))),
                1 if r() < 0.86 else 2,
                7 + int(r() * 8),
                True,
            )
        elif kind < 0.77:
            name, desc, qty, n, side = (
                "CD",
                [
                    pick(
                        (
                            "Album",
                            "Album",
                            "Album",
                            "Compilation",
                            "Single",
                            "Maxi-Single",
                            "Promo",
                            "Reissue",
                            "EP",
                        )
                    )
                ],
                1 if r() < 0.88 else 2,
                4 + int(r() * 15),
                False,
            )
            if r() < 0.03:
                name = "CDr"
        elif kind < 0.875:
            name, desc, qty, n, side = (
                "File",
                [pick(("MP3", "FLAC", "AAC", "WAV")), pick(("320 kbps", "Album", "EP", "Single"))],
                1 + int(r() * 12),
                2 + int(r() * 11),
                False,
            )
        elif kind < 0.955:
            name, desc, qty, n, side = (
                "Cassette",
                [pick(("Album", "Compilation", "C60", "Stereo", "Limited Edition"))],
                1,
                6 + int(r() * 9),
                True,
            )
        elif kind < 0.966:
            name, desc, qty, n, side = "Shellac", ['10"', "78 RPM"], 1, 2, True
        elif kind < 0.972:
            name, desc, qty, n, side = (
                pick(("Flexi-disc", "Lathe Cut", "Acetate")),
                ['7"', "Single"],
                1,
                1 + int(r() * 2),
                True,
            )
        elif kind < 0.988:
            name, desc, qty, n, side = (
                pick(("DVD", "VHS", "8-Track Cartridge", "Reel-To-Reel", "Memory Stick")),
                [pick(("NTSC", "PAL", "Album"))],
                1,
                5 + int(r() * 12),
                False,
            )
        else:
            name, desc, qty, n, side = (
                "Box Set",
                [pick(("Compilation", "Album", "Limited Edition"))],
                1,
                20 + int(r() * 75),
                False,
            )
        out = [f'<release id="{rid}" status="Accepted">' if old else f'<release id="{rid}">']
        add = out.append
        if old and r() < 0.955:
            add(
                "<images>"
                + "".join(
                    f'<image type="{"primary" if i == 0 else "secondary"}" uri="" uri150="" width="600" height="{400 + int(r() * 200)}"/>'
                    for i in range(self.many(3, 25))
                )
                + "</images>"
            )
        artists, various = self.artists_block()
        title = pick(w.titles)
        add(f"{artists}<title>{title}</title><labels>")
        lid = self.lid()
        x = r()
        catno = (
            "none"
            if x < 0.10
            else f"{pick(w.words)[:3].upper()}{int(r() * 9999):03d}"
            if x < 0.6
            else f"{pick(w.words)[:4].upper()} {int(r() * 99999)}-{1 + int(r() * 2)}"
            if x < 0.9
            else f"{int(r() * 9)} {int(r() * 99999):05d} {int(r() * 9)}"
        )
        for i in range(1 if r() < 0.88 else 2 if r() < 0.8 else 3):
            add(f'<label name="{w.label_name(lid)}" catno="{catno}" id="{lid}"/>')
            lid = self.lid()
        add("</labels>")
        # release credits
        if r() < 0.59:
            add("<extraartists>")
            for _ in range(self.many(6.6, 80)):
                add(
                    self.credit(
                        self.aid(),
                        f"A{1 + int(r() * 4)} to B{1 + int(r() * 5)}" if r() < 0.09 else "",
                    )
                )
            add("</extraartists>")
        elif old:
            add("<extraartists/>")
        # formats
        t = f' text="{text}"' if text or old or r() < 0.88 else ""
        if text == "" and not t and not old:
            t = ""
        elif not t:
            t = ' text=""'
        add("<formats>")
        if name == "Box Set" and r() < 0.35:
            add(
                '<format name="Vinyl" qty="%d" text=""><descriptions><description>LP</description></descriptions></format>'
                % (2 + int(r() * 8))
            )
        add(
            f'<format name="{name}" qty="{qty}"{t}><descriptions><description>'
            + "</description><description>".join(desc)
            + "</description></descriptions></format>"
        )
        if name == "CD" and r() < 0.012:
            add(
                '<format name="Vinyl" qty="1" text=""><descriptions><description>LP</description><description>Album</description></descriptions></format>'
            )
        add("</formats>")
        add(self.genres())
        if r() < 0.97:
            add(f"<country>{pick(_COUNTRIES)}</country>")
        x = r()
        year = 2024 - int(75 * r() * r()) if kind > 0.3 else 2022 - int(68 * r())
        if x < 0.54:
            add(f"<released>{year}</released>")
        elif x < 0.80:
            add(f"<released>{year}-{1 + int(r() * 12):02d}-{1 + int(r() * 28):02d}</released>")
        elif x < 0.86:
            add(f"<released>{year}-{1 + int(r() * 12):02d}-00</released>")
        elif x < 0.885:
            add(f"<released>{year}-00-00</released>")
        if r() < 0.60:
            add(f"<notes>{self.text(22)}</notes>")
        add(f"<data_quality>{pick(_QUALITY)}</data_quality>")
        if r() < 0.615:
            add(
                f'<master_id is_main_release="{"true" if r() < 0.22 else "false"}">{1 + int(r() * w.n_masters)}</master_id>'
            )
        elif not old:
            add('<master_id is_main_release="false">0</master_id>')
        # tracklist
        add("<tracklist>")
        timed = r() < 0.50
        credited = r() < 0.36
        titles, durations = w.titles, w.durations
        half = (n + 1) // 2
        nt, nd = len(titles), len(durations)
        for i in range(n):
            if r() < 0.022:
                add(
                    f"<track><position/><title>{pick(titles)}</title><duration/></track>"
                    if old
                    else f"<track><title>{pick(titles)}</title></track>"
                )
            if side:
                pos = ("A" if i < half else "B") + (
                    str(i + 1 if i < half else i + 1 - half) if n > 2 else ""
                )
            else:
                pos = str(i + 1) if qty == 1 or name == "File" else f"{1 + i * qty // n}-{i + 1}"
            add(f"<track><position>{pos}</position><title>{titles[int(r() * nt)]}</title>")
            if timed:
                add(f"<duration>{durations[int(r() * nd)]}</duration>")
            elif old:
                add("<duration/>")
            if various:
                add(f"<artists>{self.main_artist(self.aid())}</artists>")
            if credited and r() < 0.62:
                add(
                    "<extraartists>"
                    + "".join(self.credit(self.aid()) for _ in range(self.many(2.1, 20)))
                    + "</extraartists>"
                )
            if r() < 0.006:
                add(
                    "<sub_tracks>"
                    + "".join(
                        f"<track><position>{pos}.{c}</position><title>{pick(titles)}</title><duration>{pick(durations)}</duration></track>"
                        for c in "abcdefgh"[: 2 + int(r() * 5)]
                    )
                    + "</sub_tracks>"
                )
            add("</track>")
        add("</tracklist>")
        # identifiers
        if r() < 0.53:
            add("<identifiers>")
            if not side or r() < 0.3:
                add(
                    f'<identifier type="Barcode" description="{"Scanned" if r() < 0.4 else "Text"}" value="{int(r() * 10**13):013d}"/>'
                )
            if side or r() < 0.4:
                for s in "ABCD"[: 2 + 2 * (r() < 0.25)]:
                    add(
                        f'<identifier type="Matrix / Runout" description="Side {s} runout" value="{catno} {s}{1 + int(r() * 4)} {pick(w.words)[:6].upper()}"/>'
                    )
            x = r()
            if x < 0.22:
                add(
                    f'<identifier type="Rights Society" value="{pick(("GEMA", "BIEM / GEMA", "ASCAP", "BMI", "SACEM", "JASRAC"))}"/>'
                )
            elif x < 0.34:
                add(f'<identifier type="Label Code" value="LC {int(r() * 99999):05d}"/>')
            elif x < 0.44 and not side:
                add(
                    f'<identifier type="Mastering SID Code" description="Mirrored" value="IFPI L{int(r() * 999):03d}"/>'
                    f'<identifier type="Mould SID Code" value="IFPI {int(r() * 9999):04d}"/>'
                )
            add("</identifiers>")
        elif old:
            add("<identifiers/>")
        # companies (videos come before them in 2020, after them in 2026)
        video = self.videos(3.7, title) if r() < 0.53 else ""
        if old:
            add(video)
        if r() < 0.45:
            add("<companies>")
            for _ in range(self.many(3.7, 25)):
                cid = 1 + int(r() * w.n_labels)
                et, en = pick(_ENT)
                cat = (
                    f"<catno>{int(r() * 99999)}</catno>"
                    if r() < 0.05
                    else "<catno/>"
                    if old
                    else ""
                )
                url = (
                    f"<resource_url>https://api.discogs.com/labels/{cid}</resource_url>"
                    if old
                    else ""
                )
                cname = w.company_names[cid % 8000]
                if old:
                    add(
                        f"<company><id>{cid}</id><name>{cname}</name>{cat}<entity_type>{et}</entity_type><entity_type_name>{en}</entity_type_name>{url}</company>"
                    )
                else:
                    add(
                        f"<company><id>{cid}</id><name>{cname}</name><entity_type>{et}</entity_type><entity_type_name>{en}</entity_type_name>{cat}</company>"
                    )
            add("</companies>")
        elif old:
            add("<companies/>")
        if not old:
            if r() < 0.064:
                add(
                    f'<series><series name="{title.replace(chr(34), chr(38) + "quot;")} Series" catno="Vol. {1 + int(r() * 20)}" id="{1 + int(r() * w.n_labels)}"/></series>'
                )
            add(video)
        add("</release>\n")
        return "".join(out)

    def master(self, mid):
        w, r = self.w, self.r
        artists, _ = self.artists_block()
        title = self.pick(w.titles)
        video = self.videos(5.0, title) if r() < 0.72 else ""
        notes = f"<notes>{self.text(18)}</notes>" if r() < 0.12 else ""
        year = 0 if r() < 0.01 else 2024 - int(70 * r())
        return (
            f'<master id="{mid}"><main_release>{1 + int(r() * w.n_releases)}</main_release>{artists}{self.genres()}'
            f"<year>{year}</year><title>{title}</title><data_quality>{self.pick(_QUALITY)}</data_quality>{notes}{video}</master>\n"
        )

    def artist(self, aid):
        w, r = self.w, self.r
        out = [f"<artist><id>{aid}</id><name>{w.artist_name(aid)}</name>"]
        add = out.append
        if r() < 0.22:
            add(f"<realname>{self.pick(w.names)}</realname>")
        add(
            f"<profile>{self.text(16)}</profile>"
            if r() < 0.15
            else "<profile/>"
            if self.old
            else ""
        )
        add(f"<data_quality>{self.pick(_QUALITY)}</data_quality>")
        if r() < 0.10:
            add(
                "<urls>"
                + "".join(
                    f"<url>https://{self.pick(('www.facebook.com', 'soundcloud.com', 'en.wikipedia.org/wiki', 'bandcamp.com'))}/{self.pick(_SYL)}{int(r() * 99999)}</url>"
                    for _ in range(self.many(2.2, 15))
                )
                + "</urls>"
            )
        if r() < 0.20:
            add(
                "<namevariations>"
                + "".join(f"<name>{self.pick(w.anvs)}</name>" for _ in range(self.many(2.2, 40)))
                + "</namevariations>"
            )
        for tag, share, mean in (
            ("aliases", 0.14, 3),
            ("groups", 0.12, 1.5),
            ("members", 0.05, 3.4),
        ):
            if r() < share:
                ids = [self.aid() for _ in range(self.many(mean, 40))]
                add(
                    f"<{tag}>"
                    + "".join(
                        (f"<id>{i}</id>" if tag == "members" and self.old else "")
                        + f'<name id="{i}">{w.artist_name(i)}</name>'
                        for i in ids
                    )
                    + f"</{tag}>"
                )
        add("</artist>\n")
        return "".join(out)

    def label(self, lid):
        w, r = self.w, self.r
        out = [f"<label><id>{lid}</id><name>{w.label_name(lid)}</name>"]
        add = out.append
        if r() < 0.12:
            add(f"<contactinfo>{self.text(14)}</contactinfo>")
        add(
            f"<profile>{self.text(14)}</profile>"
            if r() < 0.24
            else "<profile/>"
            if self.old
            else ""
        )
        add(f"<data_quality>{self.pick(_QUALITY)}</data_quality>")
        if r() < 0.10:
            p = self.lid()
            add(f'<parentLabel id="{p}">{w.label_name(p)}</parentLabel>')
        if r() < 0.04:
            add(
                "<sublabels>"
                + "".join(
                    f'<label id="{i}">{w.label_name(i)}</label>'
                    for i in (self.lid() for _ in range(self.many(3, 60)))
                )
                + "</sublabels>"
            )
        add(
            "<urls><url>https://%s%d.example/</url></urls>" % (self.pick(_SYL), int(r() * 99999))
            if r() < 0.12
            else "<urls/>"
        )
        add("</label>\n")
        return "".join(out)


_WORLD = None


def _start(args):
    global _WORLD
    _WORLD = World(*args)


def _block(job):
    kind, block, first, last = job
    maker = Maker(_WORLD, kind, block)
    make = getattr(maker, kind)
    return "".join([make(i) for i in range(first, last)]).encode()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("--releases", type=int, default=300000)
    ap.add_argument("--seed", type=int, default=7)
    ap.add_argument("--out", default="bench-data")
    ap.add_argument(
        "--gzip",
        action="store_true",
        help="write .xml.gz (one gzip member, level 6), as the dumps come",
    )
    ap.add_argument("--era", type=int, choices=(2020, 2026), default=2026)
    ap.add_argument("--entities", default="artists,labels,masters,releases")
    ap.add_argument("--date", default="20261101")
    ap.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    setup = (a.releases, a.seed, a.era)
    _start(setup)
    counts = {
        "artists": _WORLD.n_artists,
        "labels": _WORLD.n_labels,
        "masters": _WORLD.n_masters,
        "releases": a.releases,
    }
    for entity in a.entities.split(","):
        t0 = time.time()
        n = counts[entity]
        kind = entity[:-1]
        jobs = [
            (kind, b, b * BLOCK + 1, min(n, (b + 1) * BLOCK) + 1)
            for b in range((n + BLOCK - 1) // BLOCK)
        ]
        path = os.path.join(a.out, f"discogs_{a.date}_{entity}.xml" + (".gz" if a.gzip else ""))
        z = zlib.compressobj(6, zlib.DEFLATED, 31) if a.gzip else None
        size = 0
        with open(path, "wb") as f, multiprocessing.Pool(a.jobs, _start, (setup,)) as pool:
            for chunk in itertools.chain(
                [f"<{entity}>\n".encode()], pool.imap(_block, jobs), [f"</{entity}>\n".encode()]
            ):
                size += len(chunk)
                f.write(z.compress(chunk) if z else chunk)
            if z:
                f.write(z.flush())
        print(
            json.dumps(
                {
                    "file": path,
                    "records": n,
                    "xml_bytes": size,
                    "file_bytes": os.path.getsize(path),
                    "bytes_per_record": round(size / n, 1),
                    "seconds": round(time.time() - t0, 1),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
