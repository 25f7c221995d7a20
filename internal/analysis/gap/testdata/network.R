# Values of igraph for network_test.go:
#   Rscript network.R > network.csv
# Each line: the graph, its number of actors n, its edges as pairs of numbers from 1,
# and then by actor the degree, the normalised betweenness and the size of its part.
suppressMessages(library(igraph))
graphs <- list(
  path5 = list(5, c(1,2, 2,3, 3,4, 4,5)),
  star6 = list(6, c(1,2, 1,3, 1,4, 1,5, 1,6)),
  two_parts = list(8, c(1,2, 2,3, 3,1, 3,4, 5,6, 6,7)),
  pair = list(2, c(1,2)),
  none = list(4, c()),
  grid = list(9, c(1,2, 2,3, 4,5, 5,6, 7,8, 8,9, 1,4, 4,7, 2,5, 5,8, 3,6, 6,9))
)
set.seed(20261129)
for (i in 1:4) {
  g <- sample_gnp(12 + 4 * i, 0.16)
  graphs[[paste0("random", i)]] <- list(vcount(g), as.vector(t(as_edgelist(g))))
}
cat("graph,values\n")
for (name in names(graphs)) {
  n <- graphs[[name]][[1]]; edges <- graphs[[name]][[2]]
  g <- make_graph(as.numeric(edges), n = n, directed = FALSE)
  between <- betweenness(g, directed = FALSE, normalized = FALSE)
  if (n > 2) between <- between / ((n - 1) * (n - 2) / 2)
  parts <- components(g)
  cat(paste(c(name, n, length(edges) / 2, edges, degree(g), format(between, digits = 15, trim = TRUE, scientific = FALSE), parts$csize[parts$membership]), collapse = ","), "\n", sep = "")
}
