"""A class: one server for a teacher and thirty students, each with a space of their own that nobody else can reach."""
