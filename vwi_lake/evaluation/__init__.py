"""lmms-eval, run as a process in its own environment; what it asked and scored lands in bronze.eval_runs and bronze.eval_samples."""
