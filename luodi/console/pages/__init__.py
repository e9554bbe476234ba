"""How each page is drawn."""
