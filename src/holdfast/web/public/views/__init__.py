"""Views of the public pages: read the request, make one call, answer with a page or a redirect."""
