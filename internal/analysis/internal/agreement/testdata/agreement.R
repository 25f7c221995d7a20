# Makes agreement.csv: Rscript agreement.R > agreement.csv
# (R 4.2.2; psych 2.2.9, vcd 1.4-11)
# A line is a name, the input and what R computed.
suppressMessages({ library(psych); library(vcd) })
set.seed(3)
emit <- function(kind, ...) cat(kind, sprintf("%.15g", c(...)), sep = ",", fill = 1e6)
cat("name,values\n")

# cohen: categories, table by rows, κ, low, high (psych); vcd's error is checked to be the same
for (i in 1:30) {
  k <- sample(2:5, 1)
  m <- matrix(rpois(k * k, sample(c(1, 5, 40), 1)), k) + diag(rpois(k, 20))
  a <- suppressWarnings(cohen.kappa(m, n.obs = sum(m)))
  b <- Kappa(m)$Unweighted
  stopifnot(all.equal(c(a$kappa, sqrt(a$var.kappa)), as.vector(b), tolerance = 1e-8))
  emit("cohen", k, t(m), a$kappa, b[1] + c(-1, 1) * qnorm(0.975) * b[2])
}

# krippendorff: texts, categories, counts by text, α: from the matrix of coincidences
alpha <- function(counts) {
  counts <- counts[rowSums(counts) > 1, , drop = FALSE]
  o <- Reduce(`+`, lapply(seq_len(nrow(counts)), function(u) {
    x <- counts[u, ]
    (outer(x, x) - diag(x)) / (sum(x) - 1)
  }))
  n <- rowSums(o)
  e <- (outer(n, n) - diag(n)) / (sum(n) - 1)
  1 - sum(o - diag(diag(o))) / sum(e - diag(diag(e)))
}
for (i in 1:25) {
  k <- sample(2:5, 1); texts <- sample(c(6, 20, 100), 1); coders <- sample(2:6, 1)
  truth <- sample(k, texts, TRUE)
  codes <- replicate(coders, ifelse(runif(texts) < 0.7, truth, sample(k, texts, TRUE)))
  codes[runif(length(codes)) < 0.25] <- NA
  counts <- t(apply(codes, 1, function(x) tabulate(x[!is.na(x)], k)))
  emit("krippendorff", texts, k, t(counts), alpha(counts))
}

# cronbach: respondents, items, reversed, answers by respondent, α (psych's raw_alpha, items turned by keys)
for (i in 1:25) {
  k <- sample(3:8, 1); n <- sample(c(5, 30, 150), 1)
  reversed <- sample(0:1, k, TRUE, c(3, 1))
  x <- sapply(reversed, function(r) pmin(5, pmax(1, round(3 + (1 - 2 * r) * scale(seq_len(n)) + rnorm(n)))))
  if (any(apply(x, 2, sd) == 0)) next
  colnames(x) <- paste0("i", seq_len(k))
  a <- suppressMessages(suppressWarnings(psych::alpha(as.data.frame(x), keys = colnames(x)[reversed == 1], n.iter = 1)))
  emit("cronbach", n, k, reversed, t(x), a$total$raw_alpha)
}

# consensus: steps, counts, Cns
for (i in 1:25) {
  m <- sample(2:10, 1)
  x <- rpois(m, rexp(m) * 20) * sample(0:1, m, TRUE, c(1, 4))
  if (sum(x) == 0) next
  p <- x / sum(x); mu <- sum(p * seq_len(m))
  terms <- ifelse(p == 0, 0, p * log2(1 - abs(seq_len(m) - mu) / (m - 1)))
  emit("consensus", m, x, 1 + sum(terms))
}
