"""The commands, one module a part of the work; each is joined to ``fieldwrit`` in web.cli.

What a command needs for its work is imported where it runs, so that help texts appear at once.
"""
