"""The lake as a web page: `server` serves it live, `onefile` writes it to one HTML file. Charts are sql/dashboard/, one file each."""
