"""How a public summary was made: its source, its people, its checks, its versions, and the proof of its signature."""
