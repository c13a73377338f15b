"""The script that comes with an exported model, in parts. `core.export.script` makes one file of them.

What is imported from `core` here is copied into that file as it stands, so an exported model prepares its inputs with
the very code of this program.
"""
