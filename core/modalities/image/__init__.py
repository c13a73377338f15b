"""Pictures: the specification of the kind, how files are decoded, how pictures vary, and what they look like."""
