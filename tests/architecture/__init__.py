"""What the house is built like: import contracts, file lengths, SQL files, commands."""
