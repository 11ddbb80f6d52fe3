"""Views: processes that hold exactly what one clearance may see, and the children in them that answer."""
