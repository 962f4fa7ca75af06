"""Drawn sleeves: a square SVG for an album that has no picture, and its spine on a shelf.

The same artist and title always give the same drawing, on every machine. Text is written as
outlines, so a sleeve is one self-contained file: no font, no style sheet, usable in ``<img>``.
Outlines in ``glyphs.json`` come from OFL fonts (Besley, Public Sans, Archivo, Jost) and stay
under the OFL 1.1.

Pure: no Django, no database, no clock.
"""

from catalog.sleeves.drawing import VERSION, shelf, sleeve, spine

__all__ = ["VERSION", "shelf", "sleeve", "spine"]
