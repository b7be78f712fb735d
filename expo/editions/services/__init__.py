"""Services of editions: set them up, give out roles, move them through their phases."""
