# Need indices of one item with percentile bootstrap intervals, and rank intervals.
# Rscript needs.R > needs.csv
set.seed(20261129)
row <- function(name, values) cat(paste(c(name, format(values, digits = 12, trim = TRUE)), collapse = ","), "\n", sep = "")
cat("name,values\n")

# 60 respondents, importance and state on 1..5; counts of (importance, state), row by row
joint <- matrix(c(0,1,0,0,0, 1,2,1,0,0, 1,3,4,2,0, 2,6,7,3,1, 3,9,8,4,2), 5, 5, byrow = TRUE)
pairs <- do.call(rbind, lapply(1:5, function(i) do.call(rbind, lapply(1:5, function(a) matrix(rep(c(i, a), joint[i, a]), ncol = 2, byrow = TRUE)))))
indices <- function(p) {
  i <- mean(p[, 1]); a <- mean(p[, 2])
  c(gap = 100 * (i - a) / 4, mwds = i * (i - a), rds = 100 * (mean(p[, 2] > p[, 1]) - mean(p[, 2] < p[, 1])), pni = (i - a) / a)
}
drawn <- replicate(20000, indices(pairs[sample(nrow(pairs), replace = TRUE), ]))
for (name in rownames(drawn)) {
  ends <- quantile(drawn[name, ], c(0.025, 0.975), type = 7)
  row(name, c(indices(pairs)[[name]], ends, sd(drawn[name, ])))
}

# Rank intervals, single step: six values and 400 samples of them
values <- c(10, 14, 14.5, 21, 30, 9)
samples <- sapply(values, function(v) v + rnorm(400, sd = 1.5)) + rnorm(400)
write.table(samples, "ranks_samples.csv", sep = ",", row.names = FALSE, col.names = FALSE)
for (factor in c(0.5, 1, 2)) {
  n <- length(values); se <- matrix(0, n, n); ratio <- matrix(0, 400, 0)
  for (j in 1:n) for (k in 1:n) if (j != k) {
    d <- samples[, j] - samples[, k]; se[j, k] <- sd(d)
    ratio <- cbind(ratio, abs(d - mean(d)) / sd(d))
  }
  crit <- quantile(apply(ratio, 1, max), 0.95, type = 7)
  low <- sapply(1:n, function(j) 1 + sum(sapply(setdiff(1:n, j), function(k) values[k] - values[j] > crit * se[j, k] * factor)))
  high <- sapply(1:n, function(j) n - sum(sapply(setdiff(1:n, j), function(k) values[j] - values[k] > crit * se[j, k] * factor)))
  row(paste0("ranks", factor), c(low, high))
}
