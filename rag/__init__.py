"""The answering: a question in, a checked and cited answer out. Knows nothing about pages or evals."""
