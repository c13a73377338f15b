"""A finished run as a server for other programs: HTTP in, the answers of `predict --json` out."""
