"""The demonstration district: an invented place, generated from one seed."""

from data.demo.generate import DemoFiles, generate

__all__ = ["DemoFiles", "generate"]
