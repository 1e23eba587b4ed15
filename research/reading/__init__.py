"""What readers get, made from sealed words; no page model is known here."""
