"""What a part hands to the process that runs it: its threads, its periodic work, a port."""
