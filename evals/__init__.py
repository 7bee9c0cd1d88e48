"""The evaluation: fixed questions with known answers, measured through the same `answer` that people use."""
