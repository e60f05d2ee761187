"""The pages: each asks, shows, and stops."""
