"""vwi_lake: mine question-answer pairs with images from the web into a DuckDB lakehouse (VisualWebInstruct)."""

__version__ = "0.1.0"
