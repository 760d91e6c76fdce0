"""From an original to what a player hears: playlists, tickets, segments and the cache that keeps them."""
