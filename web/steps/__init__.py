"""The main job, a module a step, so that a command loads only what it needs.

Each step returns the plain result that the command line prints. It opens the court's store
itself and leaves it closed, so that one step never holds another's file.
"""
