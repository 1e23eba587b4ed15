"""Who stands in the bylines of public articles: their credits, and the photos that readers get of them."""
