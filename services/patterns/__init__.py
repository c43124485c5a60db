"""Statistics of where features lie: centres, neighbours, clusters, densities."""
