"""Networks without their last layer, a file a family. Each has `load(card, workspace)`, which its cards name."""
