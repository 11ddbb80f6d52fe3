"""What must hold: SHACL shapes and the checks that SHACL cannot say."""
