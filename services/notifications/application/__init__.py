"""What leaves the system: webhooks to hosts, mail to people."""
