"""What `manage.py seed_demo` shows: eight scenes drawn from seeds, so that nothing has to be downloaded."""
