"""What trains: context, stages, the one loop, evaluation, checkpoint, history. Everything here may load torch."""
