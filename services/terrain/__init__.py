"""Mathematics of heights: what is seen, where water runs, profiles and contours."""
