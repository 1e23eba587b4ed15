"""A site of Wagtail alone, as its tutorial makes one: nothing of ours is imported or hooked in."""
