"""Pages, and parts of them, that are printed once: in the memory of each process, articles in files of this machine."""
