"""Sound as values: files in, numbers and bytes out. No database, no HTTP, no asyncio."""
