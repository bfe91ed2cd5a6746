"""Routes of metering. The hot ones bypass the framework's request handling."""
