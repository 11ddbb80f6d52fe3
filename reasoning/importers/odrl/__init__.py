"""ODRL 2.2: policies of permissions and prohibitions, as rules over governance."""
