"""The wall: a full screen that pairs itself, follows every change and stays on by itself."""
