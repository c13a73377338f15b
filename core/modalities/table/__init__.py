"""Rows of a table: the specification of the kind, what a cell says, and how columns become numbers."""
