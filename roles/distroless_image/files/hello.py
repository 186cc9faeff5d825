#!/usr/bin/python3
"""What the course's hello.py does: say hello, from an image that has nothing but Python."""

import os

print(f"Hello from user id {os.getuid()}, in a container without a shell.")
