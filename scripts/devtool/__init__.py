"""What `./dev` does, one module per concern. Standard library only, never imported by the addon."""
