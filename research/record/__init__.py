"""What outside sources say of our studies: importing, watching, deciding."""
