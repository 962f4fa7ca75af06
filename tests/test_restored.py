"""What the command `restore` says when it is done."""

from vinyl import backups


def test_rows_are_as_they_were_only_where_somebody_had_counted_them(tmp_path):
    file, counts = tmp_path / "today.backup", {"catalog_album": 3, "accounts_user": 1}
    said = backups.outcome(file, counts)
    assert "4 rows of 2 tables are back." in said and "nothing was compared" in said
    assert "as they were" not in said

    backups.counts_file(file).write_text("{}")
    assert backups.outcome(file, counts) == "4 rows of 2 tables are back as they were."
