"""Scheduled syncs: what systemd, cron and the Windows Task Scheduler are told, and which of them is there."""
