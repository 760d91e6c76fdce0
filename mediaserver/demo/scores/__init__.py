"""The music on paper. A score says who plays which note when; how it sounds is decided in `recordings`."""
