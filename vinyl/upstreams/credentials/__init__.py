"""The site's own keys at outside services: from the environment, or encrypted in the database.

`keys.value(name)` is the only place that reads them. People's tokens are another matter: they
live with their links, in `accounts.credentials`.
"""
