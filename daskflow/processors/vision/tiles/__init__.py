"""What was made of the tiles of a frame, put together again."""
