"""Shelves and want lists as files, in the columns of Discogs' own exports. Pure.

`reading` takes a file apart, `rows` knows what the cells mean, `writing` writes them again. What a
file says in other words than we would is kept beside the row (`printed`), so that reading a file
and writing it gives the same rows.
"""
