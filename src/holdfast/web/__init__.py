"""The faces of Holdfast: pages by surface. A page composes capabilities and holds no rule of its own."""
