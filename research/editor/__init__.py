"""What page types and blocks declare for the editor: panels, forms, widgets, choosers."""
