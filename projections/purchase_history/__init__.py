"""What a workspace has bought: every purchase with its status and the time of each step."""
