"""The bundled PostgreSQL and Valkey, and the supervisor that runs the whole site.

`paths`, `processes`, `postgres` and `valkey` import neither Django nor the settings: the
settings ask `paths` where the sockets are, and the tests start both servers before Django is
set up.
"""
