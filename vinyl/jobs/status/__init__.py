"""The status page: lights of each part, the log of calls, and the feed that keeps both live."""
