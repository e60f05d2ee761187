"""The web front end: pages, parts they share, the app's own routes, and the engine behind them."""
