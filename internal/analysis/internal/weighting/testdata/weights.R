# Makes weights.csv: Rscript weights.R > weights.csv   (R 4.2.2, survey 4.1-1)
# A line is a name, the input and what R computed.
suppressMessages(library(survey))
set.seed(5)
emit <- function(kind, ...) cat(kind, sprintf("%.15g", c(...)), sep = ",", fill = 1e6)
cat("name,values\n")

# rake: margins, categories of each, populations, cells, then by cell its
# categories (-1: missing) and count; weights by cell, adding up to n.
raked <- function(cells, populations) {
  n <- sum(cells$count); total <- sum(populations[[1]])
  rows <- cells[rep(seq_len(nrow(cells)), cells$count), , drop = FALSE]
  rows$cell <- rep(seq_len(nrow(cells)), cells$count)
  names <- names(populations)
  formulas <- lapply(names, function(v) as.formula(paste0("~", v)))
  targets <- lapply(names, function(v) {
    x <- populations[[v]]; there <- sort(unique(rows[[v]][rows[[v]] >= 0]))
    missing <- sum(rows[[v]] < 0)
    known <- x[there + 1] / sum(x[there + 1]) * (n - missing)
    d <- data.frame(c(if (missing) -1, there), c(if (missing) missing, known))
    names(d) <- c(v, "Freq"); d
  })
  s <- rake(svydesign(ids = ~1, weights = rep(1, n), data = rows), formulas, targets, list(maxit = 1000, epsilon = 1e-13))
  w <- numeric(nrow(cells)); w[rows$cell] <- weights(s)
  emit("rake", length(names), lengths(populations), unlist(populations), nrow(cells),
    as.vector(t(as.matrix(cells[, c(names, "count")]))), w)
}
# The example of survey's help page of rake: schools of California, by type (E, H,
# M) and whether they met the school-wide target.
data(api)
example <- as.data.frame(table(stype = as.integer(apiclus1$stype) - 1, wide = as.integer(apiclus1$sch.wide) - 1))
example <- data.frame(stype = as.integer(as.character(example$stype)), wide = as.integer(as.character(example$wide)), count = example$Freq)
raked(example, list(stype = c(4421, 755, 1018), wide = c(1072, 5122)))
for (i in 1:30) {
  margins <- sample(1:3, 1)
  sizes <- sample(2:5, margins, TRUE)
  cells <- expand.grid(lapply(sizes, function(k) (if (i %% 3 == 0) -1 else 0):(k - 1)))
  names(cells) <- paste0("m", seq_len(margins))
  cells$count <- rpois(nrow(cells), sample(c(3, 12, 40), 1)) + if (i %% 2) 1 else 0
  if (i %% 5 == 0 && sizes[1] > 2) cells$count[cells$m1 == 1] <- 0
  populations <- lapply(sizes, function(k) round(1000 * (rexp(k) + 0.3)))
  names(populations) <- names(cells)[seq_len(margins)]
  raked(cells, populations)
}

# cells: k, strata, then count, population and neighbour of each (−1: none); the
# weights. Post-stratification of R's postStratify on strata that are large enough.
for (i in 1:25) {
  h <- sample(2:12, 1)
  count <- 5 + rpois(h, 10); N <- round(1000 * (rexp(h) + 0.1))
  empty <- if (i %% 3 == 0 && h > 3) 2 else 0
  count[seq_len(empty)] <- 0
  d <- data.frame(h = rep(seq_len(h), count))
  there <- which(count > 0)
  s <- postStratify(svydesign(ids = ~1, weights = rep(1, nrow(d)), data = d), ~h,
    data.frame(h = there, Freq = N[there] / sum(N[there]) * sum(count)))
  w <- numeric(h); w[d$h] <- weights(s)
  emit("cells", 5, h, rbind(count, N, -1), w)
}

# trim: cells, then weight and count of each; trimmed weights, design effect before
# and after (1 + squared coefficient of variation of the respondents' weights).
for (i in 1:25) {
  h <- sample(3:40, 1)
  count <- rpois(h, 8); w <- exp(sample(c(0.3, 1.5, 3), 1) * rnorm(h))
  if (sum(count) == 0) next
  n <- sum(count)
  effect <- function(w) { x <- rep(w, count); 1 + mean((x - mean(x))^2) / mean(x)^2 }
  x <- w * n / sum(w * count)
  repeat {
    used <- count > 0
    if (all(x[used] >= 0.2 - 1e-13 & x[used] <= 5 + 1e-13)) break
    x <- pmin(pmax(x, 0.2), 5)
    x <- x * n / sum(x * count)
  }
  emit("trim", h, rbind(w, count), ifelse(used, x, 0), effect(w), effect(x))
}
