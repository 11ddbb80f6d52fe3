"""The demo company, Halden Instruments, written from a seed."""
