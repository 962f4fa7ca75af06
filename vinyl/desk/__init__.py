"""The curators' desk: the services' keys with a test of each, and a panel to try calls out.

On the roof: it knows every room below, and nothing knows it.
"""
