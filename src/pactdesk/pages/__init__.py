"""Pages: the frame and the look that all doors for people share.

Words: a *page* is what a person sees; its *frame* is all around the content; a *component* is a part that several pages
draw alike (docs/how-to/page-components.md).
Ask here: `requests.PageRequest`, `reasons.worded`, `words`, `fields`, the template tags of `ui`.
Not here: what a page is about. That is the business of a door.
"""
