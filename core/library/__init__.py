"""What a workspace holds, as somebody keeps house: what is there and how large, what it is called, and what may go."""
