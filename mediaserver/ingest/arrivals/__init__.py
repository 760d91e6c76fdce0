"""Arrivals: files that come over the network in as many requests as they need, and what an account may send."""
