# Makes intervals.csv: Rscript intervals.R > intervals.csv   (R 4.2.2)
# Wilson: prop.test without continuity correction at the effective size; with t
# in place of the normal quantile by conf.level. Mean: t quantiles of base R.
options(digits = 17)
emit <- function(kind, value, variance, size, fraction, freedom, ends)
  cat(kind, value, variance, size, fraction, freedom, format(ends, digits = 17), sep = ",", fill = 200)
cat("kind,value,variance,size,fraction,freedom,low,high\n")
for (n in c(5, 10, 30, 137.5, 2000)) for (p in c(0, 0.1, 0.5, 0.73, 1)) for (f in c(0, 0.4)) for (df in c(0, 6)) {
  level <- if (df > 0) 2 * pnorm(qt(0.975, df)) - 1 else 0.95
  star <- n / (1 - f)
  emit("wilson", p, 0, n, f, df, suppressWarnings(prop.test(p * star, star, correct = FALSE, conf.level = level))$conf.int[1:2])
}
x <- c(1, 2, 2, 3, 5, 5, 4, 1, 2, 3, 4, 4)
v <- mean((x - mean(x))^2)
emit("mean", mean(x), v, 12, 0, 0, t.test(x)$conf.int[1:2])
for (f in c(0.25, 0.9)) {
  half <- qt(0.975, 11) * sd(x) / sqrt(12) * sqrt(1 - f)
  emit("mean", mean(x), v, 12, f, 0, mean(x) + c(-half, half))
}
