"""What records are like: tags, decades, labels and sound as vectors, and who lies near whom.

Artists whom nobody listened to yet become reachable through it: `near` answers. See
docs/content-vectors.md.
"""
