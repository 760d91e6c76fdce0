"""What people see: each page reads, asks and renders. No rule of the music lives here."""
