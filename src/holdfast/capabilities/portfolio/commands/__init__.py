"""Writes of the portfolio: pictures, albums, words."""

from holdfast.capabilities.portfolio.commands.order import move_picture
from holdfast.capabilities.portfolio.commands.pictures import (
    add_picture,
    change_picture,
    remove_picture,
    restore_picture,
)
from holdfast.capabilities.portfolio.commands.upkeep import forget_lost_uploads, forget_removed_pictures
from holdfast.capabilities.portfolio.commands.words import create_album, save_portfolio, update_album
from holdfast.capabilities.portfolio.pictures import MOST_BYTES

__all__ = [
    "MOST_BYTES",
    "add_picture",
    "change_picture",
    "create_album",
    "forget_lost_uploads",
    "forget_removed_pictures",
    "move_picture",
    "remove_picture",
    "restore_picture",
    "save_portfolio",
    "update_album",
]
