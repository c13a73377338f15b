"""Jobs on disk and the processes that work on them. Knows nothing of what a job does."""
