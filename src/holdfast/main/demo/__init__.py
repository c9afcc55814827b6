"""Four businesses to try everything on: for development, with fictional people only."""

from holdfast.main.demo.load import DEMO_PASSWORD, load_demo

__all__ = ["DEMO_PASSWORD", "load_demo"]
