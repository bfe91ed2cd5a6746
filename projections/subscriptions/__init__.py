"""The subscriptions of all workspaces, as the platform's people look for them."""
