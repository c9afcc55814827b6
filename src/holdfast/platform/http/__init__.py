"""HTTP: request ids, security headers and problems, the same for pages and API."""
