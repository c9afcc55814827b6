"""What customers meet: the page of a business, the booking steps, and their own booking by its private link.

Views parse and answer; `presenters/` turn what the capabilities know into the words of a page; templates draw
them.
Every step is a plain page with an address of its own and works without JavaScript.
"""
