//! Stands for the programs that the tests compile: what it depends on is compiled with it, once.

fn main() {}
