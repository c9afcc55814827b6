"""What Holdfast does: one folder a capability, in one order without cycles (docs/architecture.md)."""
