"""Policy as code: cases, their coverage, and what two policies let people do differently."""
