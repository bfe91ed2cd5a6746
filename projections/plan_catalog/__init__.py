"""The plan catalogue as customers see it, and with subscribers and sync state for admins."""
