"""Readers turn what a person has (a folder, a zip, a table) into labelled items. One format a file."""
