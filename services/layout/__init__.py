"""Sheets of paper: texts, lines, areas and pictures in millimetres, to any format.

What is laid out once becomes pixels, SVG or a page of a PDF. Runs in child processes.
"""
