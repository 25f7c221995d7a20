# Makes clusters.csv and answers.csv: Rscript clusters.R   (R 4.2.2, survey 4.1)
# Variances of shares and of the mean with institutions as clusters.
suppressMessages(library(survey))
set.seed(11)
n <- 90
d <- data.frame(institution = sample(1:9, n, replace = TRUE, prob = 1:9))
effect <- rnorm(9)
d$answer <- pmin(5, pmax(1, round(3 + effect[d$institution] + rnorm(n))))
write.csv(d, "answers.csv", row.names = FALSE)
design <- svydesign(ids = ~institution, data = d, weights = ~1)
shares <- svymean(~factor(answer, levels = 1:5), design)
out <- data.frame(figure = c(paste0("share", 1:5), "mean"),
  variance = c(diag(vcov(shares)), vcov(svymean(~answer, design))))
write.csv(format(out, digits = 17), "clusters.csv", row.names = FALSE, quote = FALSE)
