"""The doors: HTTP in, HTTP out. Handlers read, ask a feature, and reply; they hold no rules and no SQL."""
