"""Features to pictures: Esri's drawing information, a frame, pixels, a file.

Runs in child processes. Shapes are drawn with anti-aliasing and alpha by aggdraw;
Pillow writes the files. There is one call of aggdraw for each visible shape: all else
is done with arrays.
"""
