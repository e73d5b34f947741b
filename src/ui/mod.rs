//! Colour, progress, prompts, and the sanitising of untrusted text.
