"""Sellers whose stock people follow: names pasted in, stock read page by page, wants counted."""
