"""`python -m vwi_lake` is `vwi`."""

from vwi_lake.cli import main

main()
