"""The brand's audit: orders and a contract file in, figures, answers, promises and claims out."""
