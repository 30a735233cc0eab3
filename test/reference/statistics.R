# What R says about published data sets: the vectors that test/unit/90.statistics-like-r.test.ts holds lib/compare/statistics
# against. Run once, the result is committed: Rscript test/reference/statistics.R > test/reference/statistics.json, then
# npx biome format --write test/reference.
# Base R only (written with 4.2.2).

data <- list(
  # Hamilton depression scale factor IV of nine patients before and after a tranquilizer: M. Hollander and D. A. Wolfe,
  # Nonparametric Statistical Methods, table 3.1; also in R's help(wilcox.test).
  depression = c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29) -
    c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30),
  # Cross-fertilised over self-fertilised maize, eighths of an inch: C. Darwin (1876) in R. A. Fisher, The Design of
  # Experiments (1935), section 17.
  maize = c(49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48),
  # Hours of sleep gained with two drugs: A. R. Cushny and A. R. Peebles (1905) in Student, The probable error of a mean
  # (1908); R's data set `sleep`. With ties and a zero.
  sleep = with(sleep, extra[group == 2] - extra[group == 1]),
  # Survival of treated mice, days: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), table 2.1.
  mice = c(94, 197, 16, 38, 99, 141, 23),
  # Speed of light, first experiment, km/s above 299000: A. A. Michelson (1879); R's data set `morley`. With outliers.
  light = morley$Speed[morley$Expt == 1],
  # Annual flow of the Nile at Aswan 1871-1970: R's data set `Nile`. 100 values.
  nile = as.numeric(Nile)
)

json <- function(values) {
  text <- ifelse(is.finite(values), formatC(values, digits = 15, format = "g"), "null")
  paste0("[", paste(trimws(text), collapse = ", "), "]")
}
field <- function(name, value) paste0('"', name, '": ', value)

walsh <- function(x) {
  sums <- outer(x, x, "+") / 2
  sort(sums[!lower.tri(sums)])
}

# With ties wilcox.test() leaves the exact distribution, so that the interval is taken from its own building blocks.
shift <- function(x) {
  averages <- walsh(x)
  n <- length(x)
  rank <- qsignrank(0.025, n)
  if (rank == 0) return(c(median(averages), NA, NA, NA))
  c(median(averages), averages[rank], averages[length(averages) + 1 - rank], 1 - 2 * psignrank(rank - 1, n))
}

describe <- function(x) {
  quartiles <- quantile(x, c(0.25, 0.75), type = 7, names = FALSE)
  reach <- 1.5 * diff(quartiles)
  tied <- any(duplicated(abs(x))) || any(x == 0)
  p <- if (tied) NA else wilcox.test(x, exact = TRUE)$p.value
  if (!tied && length(x) >= 6) {
    # wilcox.test() itself agrees where it is exact.
    test <- wilcox.test(x, exact = TRUE, conf.int = TRUE, conf.level = 0.95)
    stopifnot(all.equal(c(test$estimate, test$conf.int[1:2]), shift(x)[1:3], check.attributes = FALSE))
  }
  paste0("{", paste(c(
    field("values", json(x)),
    field("median", json(median(x))),
    field("quantiles", json(quantile(x, c(0, 0.05, 0.25, 0.5, 0.75, 0.9, 1), type = 7, names = FALSE))),
    field("fences", json(quartiles + c(-reach, reach))),
    field("shift", json(shift(x))),
    field("pValue", json(p))
  ), collapse = ", "), "}")
}

p_values <- list(c(0.01, 0.02, 0.03, 0.04, 0.05), c(0.0001, 0.04, 0.5, 0.012, 0.9, 0.012), 0.03, c(0.6, 0.7))
signed_rank <- function(n) {
  sums <- 0:(n * (n + 1) / 2)
  paste0("{", field("count", n), ", ", field("probabilities", json(psignrank(sums, n))), "}")
}

cat("{\n")
cat(paste0('  "', names(data), '": ', vapply(data, describe, ""), collapse = ",\n"), ",\n", sep = "")
cat('  "holm": [', paste(vapply(p_values, function(p) {
  paste0("{", field("pValues", json(p)), ", ", field("adjusted", json(p.adjust(p, "holm"))), "}")
}, ""), collapse = ", "), "],\n", sep = "")
cat('  "signedRank": [', paste(vapply(c(1, 5, 6, 10, 15, 30), signed_rank, ""), collapse = ",\n    "), "],\n", sep = "")
z <- c(-6, -3.2, -1.96, -0.5, 0, 0.1, 1, 2.5758, 5)
cat('  "normal": {', field("z", json(z)), ", ", field("probabilities", json(pnorm(z))), "},\n", sep = "")
n <- c(5, 6, 7, 10, 25, 100)
cat('  "middleOrder": {', field("counts", json(n)), ", ", field("quantiles", json(qbeta(0.025, (n + 1) / 2, (n + 1) / 2))), "}\n", sep = "")
cat("}\n")
