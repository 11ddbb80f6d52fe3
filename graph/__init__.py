"""The context graph: the only code that touches Oxigraph."""
