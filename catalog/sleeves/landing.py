"""The pictures of the landing page: two shelves and one sleeve, drawn once and committed.

python -m catalog.sleeves.landing static/img
"""

from __future__ import annotations

import sys
from pathlib import Path

from catalog.sleeves.drawing import shelf, sleeve

LEFT = [
    ("Björk", "Homogenic"), ("The Cure", "Disintegration"), ("Kate Bush", "Hounds of Love"),
    ("Stereolab", "Dots and Loops"), ("Tom Waits", "Rain Dogs"), ("Pixies", "Doolittle"),
    ("Tortoise", "TNT"), ("Slint", "Spiderland"), ("Air", "Moon Safari"),
    ("Prince", "Sign “☮” the Times"), ("Caetano Veloso", "Transa"), ("Gal Costa", "Índia"),
    ("Os Mutantes", "Os Mutantes"), ("Nirvana", "In Utero"), ("Beck", "Sea Change"),
    ("Robyn", "Body Talk"), ("Gillian Welch", "Time (The Revelator)"), ("The Doors", "L.A. Woman"),
    ("The Rolling Stones", "Some Girls"), ("The Byrds", "Younger Than Yesterday"),
    ("Jackson Browne", "For Everyman"), ("David Bowie", "Scary Monsters"),
    ("Elliott Smith", "Either/Or"), ("Cream", "Wheels of Fire"),
    ("Johnny Cash", "At Folsom Prison"), ("Etta James", "At Last!"),
    ("Bill Withers", "Just As I Am"), ("Kanye West", "Late Registration"),
    ("The Smiths", "Meat Is Murder"), ("U2", "The Joshua Tree"),
    ("Eric B. & Rakim", "Paid in Full"), ("LL Cool J", "Radio"), ("D’Angelo", "Black Messiah"),
    ("The Who", "Quadrophenia"), ("Phil Spector", "Back to Mono (1958–1969)"),
    ("Bruce Springsteen", "Nebraska"), ("Radiohead", "The Bends"), ("The Who", "A Quick One"),
]  # fmt: skip
RIGHT = [
    ("Lil Wayne", "Tha Carter II"), ("Robert Johnson", "The Complete Recordings"),
    ("Guns N’ Roses", "Appetite for Destruction"), ("Pearl Jam", "Ten"),
    ("Jay-Z", "Reasonable Doubt"), ("Depeche Mode", "Violator"), ("Roxy Music", "Siren"),
    ("Ramones", "Ramones"), ("Steve Earle", "Guitar Town"), ("Funkadelic", "Maggot Brain"),
    ("Tom Petty", "Wildflowers"), ("The Who", "Tommy"), ("R.E.M.", "Murmur"),
    ("Chuck Berry", "The Great Twenty-Eight"), ("Yeah Yeah Yeahs", "Fever to Tell"),
    ("David Bowie", "Station to Station"), ("Sparks", "Kimono My House"),
    ("New Order", "Power, Corruption & Lies"), ("LCD Soundsystem", "Sound of Silver"),
    ("The Velvet Underground", "Loaded"), ("David Bowie", "Low"),
    ("Marvin Gaye", "What’s Going On"), ("Camarón de la Isla", "La leyenda del tiempo"),
    ("Mala Rodríguez", "Lujo ibérico"), ("Triángulo de Amor Bizarro", "Año santo"),
    ("Los Planetas", "Una semana en el motor de un autobús"), ("Neu!", "Neu! 75"),
    ("Fugazi", "Repeater"), ("Joanna Newsom", "Ys"), ("Nick Drake", "Bryter Layter"),
    ("Alice Coltrane", "Ptah, the El Daoud"), ("Sun Ra", "Lanquidity"),
    ("Burial", "Untrue"), ("Massive Attack", "Blue Lines"), ("The Clash", "London Calling"),
    ("Wire", "154"), ("PJ Harvey", "To Bring You My Love"), ("Autechre", "Amber"),
]  # fmt: skip


def pictures() -> dict[str, str]:
    """File name to drawing."""
    return {
        "shelf-left.svg": shelf(LEFT, align="xMaxYMid"),
        "shelf-right.svg": shelf(RIGHT),
        "sleeve-ege-bamyasi.svg": sleeve("Can", "Ege Bamyasi", 1972),
    }


if __name__ == "__main__":
    for name, drawing in pictures().items():
        (Path(sys.argv[1]) / name).write_text(drawing, encoding="utf-8")
