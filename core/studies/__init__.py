"""Studies: questions about a whole set or several runs, each a design, a stream of events, a table and its findings."""
