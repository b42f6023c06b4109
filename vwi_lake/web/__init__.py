"""Pure functions on URLs, robots.txt, charsets, addresses, trees and images: values in, values out."""
