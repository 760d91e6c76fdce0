"""The music: artists, releases, tracks, and what is known of their sound and pictures."""
