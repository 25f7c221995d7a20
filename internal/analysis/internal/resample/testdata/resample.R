# Percentile bootstrap of the mean and of Tastle and Wierman's consensus by a
# million multinomial draws, so that their quantiles are nearly exact.
# Run: Rscript resample.R > resample.csv
set.seed(20070731)
cns <- function(p) { x <- seq_along(p); m <- sum(p * x); sum(ifelse(p > 0, p * log2(1 - abs(x - m) / (length(p) - 1)), 0)) + 1 }
cases <- list(five = c(4, 7, 11, 9, 3), agreed = c(0, 1, 2, 10, 27), split = c(12, 1, 0, 1, 14), many = c(300, 410, 120, 90, 80),
              seven = c(2, 3, 5, 9, 8, 4, 1), large = c(90000, 120000, 300000, 260000, 230000))
cat("name,mean_low,mean_high,consensus_low,consensus_high,mean_se,consensus_se\n")
for (name in names(cases)) {
  k <- cases[[name]]; n <- sum(k)
  d <- rmultinom(if (n > 1e5) 2e5 else 1e6, n, k / n)
  x <- seq_along(k)
  m <- colSums(d * x) / n
  c <- apply(d / n, 2, cns)
  q <- function(v) quantile(v, c(.025, .975), type = 7)
  cat(name, format(c(q(m), q(c), sd(m), sd(c)), digits = 10), sep = ","); cat("\n")
}
