# Makes tests.csv: Rscript tests.R > tests.csv
# (R 4.2.2; vcd 1.4-11, coin 1.4-2, survey 4.1-1)
# A line is a test's name, its input and what R computed. Tables are the number of
# answers and of groups, then the counts, answer by answer. Designs are f, the
# number of cells, then answer, group, cluster, weight, rows and squares of each.
suppressMessages({ library(vcd); library(coin); library(survey) })
set.seed(20)
emit <- function(kind, ...) cat(kind, sprintf("%.15g", c(...)), sep = ",", fill = 1e6)
cat("name,values\n")
table_of <- function(m) c(dim(m), t(m))
random_table <- function(r, c, n) {
  if (n < 3 * r) r <- max(2, n %/% 4)
  repeat {
    m <- matrix(rmultinom(1, n, outer(rexp(r) + 0.2, rexp(c) + 0.2) * matrix(exp(0.4 * rnorm(r * c)), r)), r)
    if (all(rowSums(m) > 0) && all(colSums(m) > 0)) return(m)
  }
}
answers <- function(m) rep(row(m), m)
groups <- function(m) rep(col(m), m)

for (i in 1:40) {
  m <- random_table(sample(2:7, 1), sample(2:6, 1), sample(c(30, 200, 3000, 100000), 1))
  x <- suppressWarnings(chisq.test(m, correct = FALSE))
  emit("pearson", table_of(m), x$statistic, x$parameter, x$p.value, assocstats(m)$cramer)
}
# The tea taster and a table of Fisher's (1935), a known case with equal probabilities.
for (m in c(list(matrix(c(3, 1, 1, 3), 2), matrix(c(10, 2, 3, 15), 2), matrix(c(0, 5, 5, 0), 2), matrix(c(1, 9, 11, 3), 2),
                 matrix(c(2, 4998, 9, 99991), 2)),
            lapply(c(5, 8, 12, 20, 35, 60), function(n) random_table(2, 2, n)),
            lapply(rep(c(10, 25, 100, 400), 4), function(n) random_table(2, 2, n)))) {
  emit("fisher", table_of(m), fisher.test(m)$p.value)
}
for (i in 1:20) {
  m <- random_table(sample(2:5, 1), sample(3:6, 1), sample(c(12, 25, 60), 1))
  emit("permuted", table_of(m), chisq.test(m, simulate.p.value = TRUE, B = 2e5)$p.value)
}

cliff <- function(y, g) { s <- sign(outer(y[g == 1], y[g == 2], "-")); mean(s) }
for (i in 1:40) {
  G <- if (i <= 20) 2 else sample(3:6, 1)
  m <- random_table(sample(c(2, 5, 11, 40), 1), G, sample(c(120, 300, 1500), 1))
  if (min(colSums(m)) < 10) m <- m + 2
  y <- answers(m); g <- factor(groups(m))
  if (G == 2) {
    z <- statistic(wilcox_test(y ~ g))
    emit("ranks", table_of(m), z, 0, wilcox.test(y ~ g, exact = FALSE, correct = FALSE)$p.value, cliff(y, g))
  } else {
    k <- kruskal.test(y, g)
    emit("ranks", table_of(m), k$statistic, k$parameter, k$p.value, k$statistic / (length(y) - 1))
  }
  t <- suppressWarnings(cor.test(y, as.integer(g), method = "kendall", exact = FALSE))
  emit("trend", table_of(m), t$statistic, t$p.value, t$estimate)
}
for (i in 1:20) {
  m <- random_table(sample(c(3, 5, 30), 1), if (i <= 10) 2 else sample(3:4, 1), sample(c(8, 15, 30), 1))
  while (min(colSums(m)) >= 10) m <- random_table(5, 2, 15)
  y <- answers(m); g <- factor(groups(m))
  p <- if (nlevels(g) == 2) pvalue(wilcox_test(y ~ g, distribution = "exact")) else
    pvalue(kruskal_test(y ~ g, distribution = approximate(nresample = 2e5)))
  emit("permuted_ranks", table_of(m), p)
  higher <- 1 * outer(seq_len(nrow(m)), seq_len(nrow(m)), "<")
  later <- outer(seq_len(ncol(m)), seq_len(ncol(m)), function(a, b) sign(a - b))
  surplus <- function(t) sum(t * (higher %*% t %*% later))
  own <- abs(surplus(m))
  emit("permuted_trend", table_of(m), mean(sapply(r2dtable(100000, rowSums(m), colSums(m)), function(t) abs(surplus(t)) >= own - 1e-9)))
}

# Weighted and clustered answers: an effect of the cluster on both answer and weight.
for (i in 1:60) {
  n <- sample(c(40, 150, 600), 1); K <- sample(c(2, 3, 5), 1); G <- if (i %% 2) 2 else sample(3:4, 1)
  clusters <- sample(c(8, 20, 35), 1)
  kind <- c("alone", "clustered", "some")[1 + i %% 3]
  cl <- sample(clusters, n, TRUE)
  g <- if (i %% 4 == 0) 1 + cl %% G else sample(G, n, TRUE)
  lean <- rnorm(clusters)
  y <- pmin(K, pmax(1, round((K + 1) / 2 + lean[cl] * 0.6 + 0.2 * g + rnorm(n))))
  w <- if (i %% 5 == 0) rep(1, n) else exp(0.7 * rnorm(n) + 0.3 * lean[cl])
  if (length(unique(y)) < 2 || length(unique(g)) < 2) next
  if (kind == "alone") cl <- rep(0, n)
  if (kind == "some") cl[sample(n, n %/% 4)] <- 0
  f <- if (i %% 6 < 2) 0.35 else 0
  d <- data.frame(y = factor(y), v = y, g = factor(g), w = w, id = ifelse(cl > 0, cl, 1000 + seq_len(n)))
  d$pop <- length(unique(d$id)) / f
  s <- if (f > 0) svydesign(ids = ~id, weights = ~w, data = d, fpc = ~pop) else svydesign(ids = ~id, weights = ~w, data = d)
  key <- interaction(y, g, cl, drop = TRUE)
  one <- function(x, fun) as.vector(tapply(x, key, fun))
  cells <- rbind(one(y - 1, min), one(g - 1, min), one(cl, min), one(w, sum), one(w, length), one(w^2, sum))
  input <- c(f, ncol(cells), cells)
  shares <- xtabs(w ~ y + g)
  x <- svychisq(~y + g, s, statistic = "F")
  emit("rao_scott", input, x$statistic, x$parameter, x$p.value, suppressWarnings(assocstats(shares)$cramer))
  # Mid-distribution scores; where tied rows weigh the same, R's own.
  by <- tapply(w, y, sum)
  score <- ((cumsum(by) - by / 2) / sum(w))[as.character(y)]
  t <- svyranktest(v ~ g, s, test = if (all(w == 1)) "wilcoxon" else function(r, N) as.vector(score))
  pairs <- outer(y, y, function(a, b) sign(a - b)); sides <- outer(g, g, function(a, b) sign(a - b)); ww <- outer(w, w)
  tau <- sum(ww * pairs * sides) / sqrt(sum(ww * pairs^2) * sum(ww * sides^2))
  if (nlevels(d$g) == 2) {
    delta <- -sum(ww * pairs * sides) / sum(ww * sides^2)
    emit("lumley_scott", input, t$statistic^2, 1, t$parameter, t$p.value, delta, tau)
  } else {
    m <- lm(score ~ g, d, weights = w)
    emit("lumley_scott", input, t$parameter / t$statistic, t$statistic, t$ddf, t$p.value, summary(m)$r.squared, tau)
  }
}
# Numbers without ties: R's own scores with weights.
for (i in 1:10) {
  n <- 30 + 10 * i
  d <- data.frame(v = rank(rnorm(n)), g = factor(sample(2 + i %% 2, n, TRUE)), w = rexp(n) + 0.1, id = sample(12, n, TRUE))
  s <- svydesign(ids = ~id, weights = ~w, data = d)
  t <- svyranktest(v ~ g, s, test = "wilcoxon")
  cells <- rbind(d$v - 1, as.integer(d$g) - 1, d$id, d$w, 1, d$w^2)
  if (nlevels(d$g) == 2) emit("lumley_scott", 0, n, cells, t$statistic^2, 1, t$parameter, t$p.value) else
    emit("lumley_scott", 0, n, cells, t$parameter / t$statistic, t$statistic, t$ddf, t$p.value)
}
for (i in 1:20) {
  p <- round(runif(sample(1:40, 1))^sample(1:4, 1), sample(c(2, 15), 1))
  emit("adjust", length(p), p, p.adjust(p, "BH"))
}
