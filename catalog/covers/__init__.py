"""Pictures of albums: fetched once by a worker, drawn anew, served from our side.

`choosing` says which of a source's addresses may be taken, `encoding` draws a picture anew in two
sizes, `storage` keeps the files, `fetching` asks the sources, `queries` tells pages what to show.
Where there is none, the drawn sleeve stands (catalog.sleeves).
"""
