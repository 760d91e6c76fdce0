"""All that is said of recordings and releases beyond what lists of them show."""
