"""What a finished run's answers say, looked at together with the examples themselves."""
