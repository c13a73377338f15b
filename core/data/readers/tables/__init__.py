"""Tables of messages: delimited files, workbooks, JSON, and lines that begin with their label."""
