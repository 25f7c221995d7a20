# Makes differences.csv: Rscript differences.R > differences.csv
# (R 4.2.2, metafor 3.8 for Hedges' g)
# Welch: t.test on raw answers, and the same with a finite population or given
# degrees of freedom by base R's t distribution. Newcombe: from the limits of
# prop.test without continuity correction, put together as his papers say.
suppressMessages(library(metafor))
emit <- function(kind, ...) cat(kind, sprintf("%.15g", c(...)), sep = ",", fill = 1000)
cat("kind,values\n")
wilson <- function(p, star, df) {
  level <- if (df > 0) 2 * pnorm(qt(0.975, df)) - 1 else 0.95
  suppressWarnings(prop.test(p * star, star, correct = FALSE, conf.level = level))$conf.int[1:2]
}

# shares: p, size, fraction, freedom, q, size, fraction, freedom, low, high
set.seed(1)
cases <- rbind(
  c(56 / 70, 70, 0, 0, 48 / 80, 80, 0, 0), c(9 / 10, 10, 0, 0, 3 / 10, 10, 0, 0), c(1, 10, 0, 0, 0, 20, 0, 0),
  c(0, 10, 0, 0, 0, 10, 0, 0), c(1, 10, 0, 0, 1, 10, 0, 0), c(5 / 56, 56, 0, 0, 0, 29, 0, 0),
  cbind(runif(30), runif(30, 3, 900), sample(c(0, 0.3, 0.9), 30, TRUE), sample(c(0, 5, 39), 30, TRUE),
        runif(30), runif(30, 3, 900), sample(c(0, 0.3, 0.9), 30, TRUE), sample(c(0, 5, 39), 30, TRUE)))
for (i in seq_len(nrow(cases))) {
  x <- cases[i, ]
  a <- wilson(x[1], x[2] / (1 - x[3]), x[4]); b <- wilson(x[5], x[6] / (1 - x[7]), x[8])
  d <- x[1] - x[5]
  emit("shares", x, d - sqrt((x[1] - a[1])^2 + (b[2] - x[5])^2), d + sqrt((a[2] - x[1])^2 + (x[5] - b[1])^2))
}

# paired: both, first, second, neither, size, fraction, freedom, difference, low, high
cells <- rbind(c(14, 5, 0, 22), c(1, 1, 7, 12), c(1, 1, 8, 7), c(212, 144, 256, 707), c(0, 0, 0, 20), c(20, 0, 0, 0),
  c(0, 10, 0, 0), c(29, 1, 1, 0), c(54, 0, 0, 1), c(30, 3, 3, 40),
  matrix(rpois(120, rep(c(3, 30, 200), each = 40)), ncol = 4))
for (i in seq_len(nrow(cells))) {
  x <- cells[i, ]
  size <- sum(x) * if (i %% 2) 1 else 0.7
  if (i <= 10) size <- sum(x)
  f <- if (i %% 3) 0 else 0.25
  df <- if (i %% 5 || i <= 10) 0 else 11
  n <- size / (1 - f)
  s <- x / sum(x) * n
  p <- (s[1] + s[2]) / n; q <- (s[1] + s[3]) / n
  a <- wilson(p, n, df); b <- wilson(q, n, df)
  under <- (s[1] + s[2]) * (s[3] + s[4]) * (s[1] + s[3]) * (s[2] + s[4])
  top <- s[1] * s[4] - s[2] * s[3]
  if (top > 0) top <- max(top - n / 2, 0)
  phi <- if (under == 0) 0 else top / sqrt(under)
  root <- function(x, y) sqrt(max(x^2 - 2 * phi * x * y + y^2, 0))
  emit("paired", x, size, f, df, p - q, p - q - root(p - a[1], b[2] - q), p - q + root(a[2] - p, q - b[1]))
}

# welch: mean, variance, size, fraction, freedom (twice), low, high, freedom, p
# hedges: the same, g, low, high
spread <- function(x) mean((x - mean(x))^2)
for (i in 1:30) {
  x <- sample(1:5, sample(c(3, 10, 60), 1), TRUE, c(1, 2, 3, 2, 1)); y <- sample(1:5, sample(c(4, 25, 400), 1), TRUE, c(3, 2, 2, 1, 1))
  if (i %% 4 == 0) { x <- rexp(length(x)); y <- rnorm(length(y), 1) }
  if (spread(x) == 0 || spread(y) == 0) next
  t <- t.test(x, y)
  emit("welch", mean(x), spread(x), length(x), 0, 0, mean(y), spread(y), length(y), 0, 0, t$conf.int[1:2], t$parameter, t$p.value)
  g <- summary(escalc("SMD", m1i = mean(x), sd1i = sd(x), n1i = length(x), m2i = mean(y), sd2i = sd(y), n2i = length(y)))
  emit("hedges", mean(x), spread(x), length(x), 0, 0, mean(y), spread(y), length(y), 0, 0, g$yi, g$ci.lb, g$ci.ub)
  f <- c(0.2, 0.6)[1 + i %% 2]; df <- 7
  v <- var(x) / length(x) * (1 - f); u <- var(y) / length(y)
  nu <- (v + u)^2 / (v^2 / df + u^2 / (length(y) - 1))
  d <- mean(x) - mean(y)
  emit("welch", mean(x), spread(x), length(x), f, df, mean(y), spread(y), length(y), 0, 0,
    d + c(-1, 1) * qt(0.975, nu) * sqrt(v + u), nu, 2 * pt(-abs(d) / sqrt(v + u), nu))
}
