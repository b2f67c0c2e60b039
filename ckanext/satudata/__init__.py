"""Satu Data Indonesia for CKAN: register, delivery, compliance, leaderboard."""
