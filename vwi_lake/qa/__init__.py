"""Pure functions on questions and answers: reading pairs from trees, parsing replies, comparing answers."""
