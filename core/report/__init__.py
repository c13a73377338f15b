"""All about a finished run in one file that anyone can open: a report for people, and a model card."""
