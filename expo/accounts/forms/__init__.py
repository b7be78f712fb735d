"""Forms of accounts: the way in, and what people say about themselves."""
