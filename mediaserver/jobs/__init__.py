"""Background work: what follows from a change, kept in the database until it is done."""
