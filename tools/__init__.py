"""What builds, tests and measures Goalpost. Nothing here is part of the product."""
