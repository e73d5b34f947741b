mod apply;
//! One test binary for everything that needs the built library or program from outside.

mod store;
