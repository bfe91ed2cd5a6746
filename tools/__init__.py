"""Programs that stand by themselves."""
