"""What is signed: an article's claims in canonical form, and the digest of them."""
