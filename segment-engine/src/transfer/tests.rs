//! Pieces as they come, and what is made of them.
