"""Real clients against the server example, the client example against real servers."""
