"""Tools for those who work on Vinilogy; the site itself uses none of them."""
