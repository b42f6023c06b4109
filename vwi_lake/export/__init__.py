"""The data set as files that training code reads."""
