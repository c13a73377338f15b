"""Lessons: files of text in which a student guesses first, does it in the app, and sees what was measured."""
