"""Writes of the portfolio: pictures, albums, words."""

from holdfast.capabilities.portfolio.commands.pictures import (
    add_picture,
    change_picture,
    forget_removed_pictures,
    remove_picture,
    restore_picture,
)
from holdfast.capabilities.portfolio.commands.words import create_album, save_portfolio, update_album

__all__ = [
    "add_picture",
    "change_picture",
    "create_album",
    "forget_removed_pictures",
    "remove_picture",
    "restore_picture",
    "save_portfolio",
    "update_album",
]
